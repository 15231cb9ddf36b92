"""A run in progress: how it begins, its state, and the objective at the size it has come to."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..images.colors import content_in_color_mode
from ..images.initial_image import Start, make_initial_image
from ..images.inputs import Stage
from ..images.pixels import to_batch, to_pixels
from ..images.reading import ImageSource, read_image
from ..objective.evaluation import Evaluation, ObjectiveFunction
from ..objective.shares import weights_for_shares
from ..optimizers.base import Optimizer
from .state import RunState


def begin_state(
    stages: Sequence[Stage],
    start: Start,
    configuration: dict[str, Any],
    resume_from: str | os.PathLike[str] | None,
) -> RunState:
    """The state that a run begins with: a new one, or that of a checkpoint.

    Args:
        stages: Content and styles at each size.
        start: Where the image begins.
        configuration: What the run is made with.
        resume_from: Path of a checkpoint; `None`: a new run.

    Raises:
        ValueError: If the image is none, or the checkpoint is one of another run.
        FileNotFoundError: If there is no such image or checkpoint.
    """
    if resume_from is not None:
        if start.epoch != 0:
            raise ValueError(
                "Expected no initial_epoch with resume_from, because a checkpoint knows its epoch. "
                f"Received: initial_epoch={start.epoch}."
            )
        state = RunState.load(resume_from)
        state.check_configuration(configuration)
        return state
    first = stages[min(start.epoch, len(stages) - 1)]
    image = make_initial_image(start, first.content, first.styles[0].image)
    batch = to_batch(content_in_color_mode(image, first.color))
    return RunState(batch, batch, epoch=int(start.epoch), configuration=configuration)


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

    def as_batch(self, image: ImageSource | None = None) -> np.ndarray:
        """An image as the objective takes it; by default the run's own, as it is saved.

        Raises:
            ValueError: If the image has another size than the content.
        """
        if isinstance(image, np.ndarray) and image.shape[-1] == 4:
            # What the losses see has no alpha.
            image = image[..., :3]
        pixels = to_pixels(self.state.image) if image is None else read_image(image)
        if pixels.shape != self.stage.content.shape:
            raise ValueError(
                f"Expected an image of the content's shape {self.stage.content.shape}. "
                f"Received: shape {pixels.shape}."
            )
        return to_batch(content_in_color_mode(pixels, self.stage.color))

    def evaluate(self, image: ImageSource | None = None) -> Evaluation:
        """The objective at an image, by default the run's own, as it is saved."""
        return self.objective(self.as_batch(image))

    def set_gradient_shares(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Finds weights with which each loss has its share of the gradient, and keeps them.

        Returns:
            A weight for each loss by its name. A run that was resumed has those it began with.
        """
        state = self.state
        if not state.loss_weights:
            content = content_in_color_mode(self.stage.content, self.stage.color)
            # Half content, half style: an image at which every loss has something to say.
            images = [style.image for style in self.stage.styles]
            resized = [read_image(image, shape=content.shape[:2]) for image in images]
            between = (
                to_batch(content) + np.mean([to_batch(each) for each in resized], axis=0)
            ) / 2
            state.loss_weights = weights_for_shares(self.objective, shares, state.image, between)
        self.objective.weights = dict(state.loss_weights)
        return dict(state.loss_weights)

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
