"""Starts a new run, or resumes one from a checkpoint."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backend import check_mode
from ..backend.environment import environment
from ..checks import check_integer
from ..fingerprints import describe, fingerprint
from ..images.initial_image import InitialImage
from ..images.inputs import Inputs
from ..objective.recipe import Recipe
from ..optimizers.keras_optimizer import KerasOptimizer
from .method import Method
from .previous import load_newest
from .run import Run
from .stages import PlannedStage, plan_stages, stage_of
from .state import RunState


def begin_run(
    recipe: Recipe,
    method: Method,
    inputs: Inputs,
    steps_per_epoch: int | str,
    initial_image: InitialImage,
    initial_epoch: int = 0,
    resume_from: str | os.PathLike[str] | None = None,
) -> Run:
    """Plans a run and starts it, from the beginning or from a checkpoint."""
    check_mode(any(isinstance(each, KerasOptimizer) for each in method.optimizers))
    check_integer("initial_epoch", initial_epoch, minimum=0)
    stages = plan_stages(inputs, recipe, method, steps_per_epoch)
    configuration = {
        **stages[-1].images.describe(),
        "schedule": [stage.settings.describe() for stage in stages],
        **recipe.describe(),
        "optimizer": describe(method.optimizer),
    }
    if resume_from is None:
        state = _new_state(stages, initial_image, int(initial_epoch), configuration)
        return Run(recipe, method, stages, state)
    if initial_epoch != 0:
        raise ValueError(
            "Expected no initial_epoch with resume_from, because the checkpoint contains the "
            f"epoch. Received: initial_epoch={initial_epoch}. Leave out initial_epoch."
        )
    state = load_newest(resume_from)
    state.check_configuration(configuration)
    state.resume_here(resume_from)
    same_start = state.start == fingerprint(_first_batch(stages[0], initial_image))
    return Run(recipe, method, stages, state, same_start)


def _new_state(
    stages: Sequence[PlannedStage],
    initial_image: InitialImage,
    epoch: int,
    configuration: dict[str, Any],
) -> RunState:
    stage = stage_of(stages, epoch)
    batch = _first_batch(stage, initial_image)
    return RunState(
        batch,
        batch.copy(),
        stage=stage.number,
        epoch=epoch,
        start=fingerprint(batch),
        configuration=configuration,
        made_with=[environment()],
    )


def _first_batch(stage: PlannedStage, initial_image: InitialImage) -> np.ndarray:
    images = stage.images
    return images.prepare(initial_image.make(images.content, images.styles[0].image))
