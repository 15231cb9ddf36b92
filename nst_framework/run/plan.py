"""The sizes at which a run works, and whether each of them needs tiles."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from ..backend import device_memory
from ..images.inputs import Inputs, StageImages
from ..images.styles import style_names
from ..memory import available_memory
from ..objective.color import ObjectiveInColors
from ..objective.evaluation import ObjectiveFunction
from ..objective.recipe import Recipe
from ..objective.requirements import check_size, check_style_size
from ..objective.tiled.executors import Executor
from ..objective.tiled.objective import TiledObjective
from ..objective.tiled.size import choose_tile_size
from ..objective.whole import Objective
from ..optimizers.base import Optimizer
from .method import Method


def plan_stages(inputs: Inputs, recipe: Recipe, method: Method) -> list[StageImages]:
    """Reads content and styles for each scale, always resized from the original.

    Args:
        inputs: Content and styles.
        recipe: Network and losses, which determine how small an image may be, and how much memory
            an evaluation needs.
        method: The scales, the tile size, and the optimizer, which also needs memory.

    Returns:
        The images of each stage of the schedule; those of stages of one scale are the same object.

    Raises:
        ValueError: If an image is invalid, or too small for the losses or their layers.
        MemoryError: If there is not enough memory.
    """
    stages: dict[float, StageImages] = {}
    for scale in dict.fromkeys(method.scales):
        stage = inputs.read(scale)
        check_size("content", stage.content, recipe)
        for name, style in zip(style_names(len(stage.styles)), stage.styles, strict=True):
            check_size(name, style.image, recipe)
            check_style_size(stage.content.shape[:2], style.image.shape[:2], recipe.losses)
        if method.tile_size == "auto":
            chosen = _fitting_tile_size(stage, recipe, method.optimizer)
        else:
            chosen = None if method.tile_size is None else int(method.tile_size)
        stages[scale] = replace(stage, tile_size=chosen)
    return [stages[scale] for scale in method.scales]


def make_objective(
    stage: StageImages, recipe: Recipe, executor: Executor | None, image: np.ndarray
) -> ObjectiveFunction:
    """Makes the objective of a stage, for the whole image at once or in tiles.

    Args:
        stage: Content, styles, and the size of the tiles.
        recipe: Network, losses, weights and precision.
        executor: Evaluates tiles; `None`: this process does.
        image: The image with which the epoch begins, array `(1, height, width, 3)`, float32.

    Returns:
        The objective, whose gradient stays in the stage's colour mode.
    """
    content = stage.see(stage.content)
    objective: ObjectiveFunction = (
        Objective(recipe, content, stage.styles, image)
        if stage.tile_size is None
        else TiledObjective(recipe, content, stage.styles, stage.tile_size, executor)
    )
    return ObjectiveInColors(objective, stage.color)


def _fitting_tile_size(stage: StageImages, recipe: Recipe, optimizer: Optimizer) -> int | None:
    height, width = stage.content.shape[:2]
    shapes = [(height, width), *(style.image.shape[:2] for style in stage.styles)]
    optimizer_bytes = optimizer.bytes_per_pixel() * height * width
    available = device_memory()
    if available is None:
        available = available_memory()
        warnings.warn(
            "Keras's backend does not report how much memory its device has. tile_size='auto' "
            f"assumes the {available / 1e9:.1f} GB available on this machine. Pass a tile_size if "
            "the device has less.",
            stacklevel=5,
        )
    return choose_tile_size(shapes, recipe, optimizer_bytes, available)
