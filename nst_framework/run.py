"""A run in progress: its state, and the objective at the size that the run has come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .images import read_image, to_batch, to_pixels
from .objective import Evaluation
from .optimizers.base import Optimizer
from .stages import Stage
from .state import RunState

ObjectiveFunction = Callable[[np.ndarray], Evaluation]


class Run:
    """Goes through the sizes of a run: one epoch at each, all further ones at the last.

    Args:
        stages: Content and style at each size.
        state: The run's state.
        optimizer: What moves the image; it is built for each size.
        make_objective: Makes the objective of content and style.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        state: RunState,
        optimizer: Optimizer,
        make_objective: Callable[[Stage], ObjectiveFunction],
    ) -> None:
        self.stages = stages
        self.state = state
        self.optimizer = optimizer
        self._make_objective = make_objective
        self._enter(self._next_stage())

    def begin_epoch(self) -> None:
        """Moves on to the next size, if the epoch has another one."""
        stage = self._next_stage()
        if stage is not self.stage:
            self._enter(stage)

    @property
    def labels(self) -> dict[str, float]:
        """What logs say of the size, where there are several."""
        return {"size": float(self.stage.size)} if len(self.stages) > 1 else {}

    def _next_stage(self) -> Stage:
        return self.stages[min(self.state.epoch, len(self.stages) - 1)]

    def _enter(self, stage: Stage) -> None:
        state = self.state
        if state.image.shape[1:] != stage.content.shape:
            pixels = read_image(to_pixels(state.image), shape=stage.content.shape[:2])
            # Losses at different sizes do not compare, nor do an optimizer's vectors.
            state.image = state.best_image = to_batch(pixels)
            state.best_loss = float("inf")
            state.optimizer_state = {}
        self.objective = self._make_objective(stage)
        self.stage = stage
        self.optimizer.build(state.image, state.optimizer_state)
        # What was loaded is the optimizer's own now, and need not be kept twice.
        state.optimizer_state = self.optimizer.get_state()
