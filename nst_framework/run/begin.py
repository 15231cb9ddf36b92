"""Starts a new run, or resumes one from a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backend.environment import environment
from ..fingerprints import describe, fingerprint
from ..images.initial_image import Start, make_initial_image
from ..images.inputs import Inputs, StageImages
from ..objective.recipe import Recipe
from .method import Method
from .plan import plan_stages
from .previous import load_newest
from .run import Run
from .state import RunState


def begin_run(recipe: Recipe, method: Method, inputs: Inputs, start: Start) -> Run:
    """Plans a run, and starts it anew or from the state in a checkpoint.

    Args:
        recipe: Network, losses, weights and precision.
        method: Optimizer, scales, tiles and metrics.
        inputs: Content and styles.
        start: The starting image, or a checkpoint.

    Returns:
        The run, before its next epoch.

    Raises:
        ValueError: If an argument or an image is invalid, or the checkpoint belongs to another run.
        FileNotFoundError: If an image or the checkpoint does not exist.
        MemoryError: If there is not enough memory.
    """
    stages = plan_stages(inputs, recipe, method)
    configuration = {
        **stages[-1].describe(),
        "schedule": [stage.describe() for stage in method.schedule],
        **recipe.describe(),
        "optimizer": describe(method.optimizer),
    }
    state = _begin_state(stages, start, configuration)
    if start.resume_from is None:
        state.stage = method.stage_number(start.epoch)
    run = Run(recipe, method, stages, state)
    if start.resume_from is not None:
        run.same_start = state.start == fingerprint(_first_batch(stages, start))
    return run


def _begin_state(
    stages: Sequence[StageImages], start: Start, configuration: dict[str, Any]
) -> RunState:
    if start.resume_from is not None:
        if start.epoch != 0:
            raise ValueError(
                "Expected no initial_epoch with resume_from, because a checkpoint has its own "
                f"epoch. Received: initial_epoch={start.epoch}. Leave out initial_epoch."
            )
        state = load_newest(start.resume_from)
        state.check_configuration(configuration)
        state.go_on_here(start.resume_from)
        return state
    batch = _first_batch(stages, start)
    return RunState(
        batch,
        batch.copy(),
        epoch=int(start.epoch),
        start=fingerprint(batch),
        configuration=configuration,
        made_with=[environment()],
    )


def _first_batch(stages: Sequence[StageImages], start: Start) -> np.ndarray:
    first = stages[min(start.epoch, len(stages) - 1)]
    return first.see(make_initial_image(start, first.content, first.styles[0].image))
