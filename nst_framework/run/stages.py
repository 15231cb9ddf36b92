"""Plans the stages of a run, each with its images, tiles, steps and optimizer."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..backend import device_memory
from ..images.inputs import Inputs, ScaledInputs
from ..images.pixels import content_detail, enlarge_tile, to_batch, to_pixels
from ..images.reading import read_image
from ..images.styles import style_names
from ..memory import available_memory
from ..objective.evaluation import ObjectiveFunction
from ..objective.recipe import Recipe
from ..objective.requirements import check_size, check_style_size
from ..objective.tiled.executors import Executor
from ..objective.tiled.objective import TiledObjective
from ..objective.tiled.size import choose_tile_size
from ..objective.whole import Objective
from ..optimizers.base import Optimizer
from .method import Method
from .schedule import Stage, steps_of_stages


@dataclass(frozen=True)
class PlannedStage:
    """A stage of the schedule with everything that its epochs need.

    Attributes:
        number: Its number in the schedule, from 0.
        settings: Its entry in the schedule.
        images: Content and styles at its scale; stages of the same scale share the object.
        tile_size: Longest side of the tiles, in pixels; `None`: the whole image at once.
        steps: Maximum number of steps in each of its epochs.
        optimizer: The optimizer.
    """

    number: int
    settings: Stage
    images: ScaledInputs
    tile_size: int | None
    steps: int
    optimizer: Optimizer

    @property
    def resolution(self) -> str:
        """The size and the tiles as text."""
        height, width = self.images.content.shape[:2]
        tiles = "" if self.tile_size is None else f" in tiles of {self.tile_size}"
        return f"{width} x {height} pixels{tiles}"

    def own_weights(self, weights: Mapping[str, float]) -> dict[str, float]:
        """The weights of the run by the losses' names, with the changes of this stage."""
        return {**weights, **(self.settings.loss_weights or {})}

    def begin_with(
        self, image: np.ndarray, recipe: Recipe, weights: Mapping[str, float]
    ) -> np.ndarray:
        """Resizes the previous stage's image, `(1, height, width, 3)`, to this stage's size."""
        shape = self.images.content.shape
        if image.shape[1:] == shape:
            return image
        enlarge = enlarge_tile if recipe.tileable else read_image
        larger = to_batch(enlarge(to_pixels(image), shape=shape[:2]))
        detailed = self.settings.content_detail
        if detailed is None:
            detailed = any(
                loss.target == "content" and weights[loss.name] for loss in recipe.losses
            )
        if detailed:
            detail = content_detail(self.images.prepare(self.images.content), image.shape[1:3])
            larger = np.clip(larger + detail, 0, 255)
        return larger

    def make_objective(
        self, recipe: Recipe, executor: Executor | None, image: np.ndarray
    ) -> ObjectiveFunction:
        """Makes the objective for the whole image or for tiles.

        `image` is the image at the start of the epoch, array `(1, height, width, 3)`, float32.
        """
        content = self.images.prepare(self.images.content)
        if self.tile_size is None:
            return Objective(recipe, content, self.images.styles, image)
        return TiledObjective(recipe, content, self.images.styles, self.tile_size, executor)


def stage_of(stages: Sequence[PlannedStage], epoch: int) -> PlannedStage:
    """The stage of an epoch: each stage has one epoch, and the last one all further epochs."""
    return stages[min(epoch, len(stages) - 1)]


def plan_stages(
    inputs: Inputs, recipe: Recipe, method: Method, steps_per_epoch: int | str
) -> list[PlannedStage]:
    """Reads content and styles for each stage and decides whether the stage needs tiles.

    `steps_of_stages` determines the number of steps in each epoch.
    """
    scaled: dict[float, ScaledInputs] = {}
    tile_sizes: dict[float, int | None] = {}
    for scale in dict.fromkeys(stage.scale for stage in method.schedule):
        scaled[scale] = images = inputs.read(scale)
        check_size("content", images.content, recipe)
        for name, style in zip(style_names(len(images.styles)), images.styles, strict=True):
            check_size(name, style.image, recipe)
            check_style_size(images.content.shape[:2], style.image.shape[:2], recipe.losses)
        if recipe.tileable:
            _check_no_tiles(method.tile_size)
            tile_sizes[scale] = None
        elif method.tile_size == "auto":
            tile_sizes[scale] = _fitting_tile_size(images, recipe, method.optimizer)
        else:
            tile_sizes[scale] = None if method.tile_size is None else int(method.tile_size)
    return [
        PlannedStage(
            number,
            settings,
            scaled[settings.scale],
            tile_sizes[settings.scale],
            steps,
            optimizer,
        )
        for number, (settings, steps, optimizer) in enumerate(
            zip(
                method.schedule,
                steps_of_stages(method.schedule, steps_per_epoch),
                method.optimizers,
                strict=True,
            )
        )
    ]


def _check_no_tiles(tile_size: int | str | None) -> None:
    """Raises a `ValueError` for an explicit tile size: tiles do not see the opposite border."""
    if isinstance(tile_size, int):
        raise ValueError(
            "Expected tile_size=None, because a tileable image is evaluated as a whole. Received: "
            f"tile_size={tile_size}. Leave it out, and choose a smaller size if memory is short."
        )


def _fitting_tile_size(images: ScaledInputs, recipe: Recipe, optimizer: Optimizer) -> int | None:
    height, width = images.content.shape[:2]
    shapes = [(height, width), *(style.image.shape[:2] for style in images.styles)]
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
