"""Starts a new run, or resumes one from a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..fingerprints import describe
from ..images.initial_image import Start, make_initial_image
from ..images.inputs import Inputs, Stage
from ..objective.recipe import Recipe
from ..objective.tiled.executors import Executor
from ..optimizers.base import Optimizer
from .plan import plan_stages
from .run import Run
from .state import RunState


def begin_run(
    recipe: Recipe,
    optimizer: Optimizer,
    executor: Executor | None,
    inputs: Inputs,
    start: Start,
    scales: Sequence[float],
    tile_size: int | str | None,
) -> Run:
    """Plans a run, and sets it to its first step or to the state in a checkpoint.

    Args:
        recipe: Network, losses, weights and precision.
        optimizer: Changes the image.
        executor: Evaluates tiles; `None`: this process does.
        inputs: Content and styles.
        start: The starting image, or a checkpoint.
        scales: Fractions of the size, one for each of the first epochs.
        tile_size: Longest side of the tiles, in pixels; `None`: the whole image at once; `"auto"`:
            what fits into memory.

    Raises:
        ValueError: If an argument or an image is invalid, or the checkpoint belongs to another run.
        FileNotFoundError: If an image or the checkpoint does not exist.
        MemoryError: If there is not enough memory.
    """
    stages = plan_stages(inputs, scales, tile_size, recipe, optimizer)
    configuration = {
        **stages[-1].describe(),
        "scales": scales,
        **recipe.describe(),
        "optimizer": describe(optimizer),
    }
    state = _begin_state(stages, start, configuration)
    return Run(recipe, optimizer, stages, state, executor)


def _begin_state(stages: Sequence[Stage], start: Start, configuration: dict[str, Any]) -> RunState:
    if start.resume_from is not None:
        if start.epoch != 0:
            raise ValueError(
                "Expected no initial_epoch with resume_from, because a checkpoint has its own "
                f"epoch. Received: initial_epoch={start.epoch}. Leave out initial_epoch."
            )
        state = RunState.load(start.resume_from)
        state.check_configuration(configuration)
        return state
    first = stages[min(start.epoch, len(stages) - 1)]
    batch = first.see(make_initial_image(start, first.content, first.styles[0].image))
    return RunState(batch, batch.copy(), epoch=int(start.epoch), configuration=configuration)
