"""The sizes that a run goes through: content and style at each, and whether it needs tiles."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .checks import check_integer, check_number
from .extractors.base import FeatureExtractor
from .images import ImageSource, read_image, to_batch
from .losses.base import Loss
from .memory import available_memory
from .objective import Objective
from .objective_arguments import check_same_size, check_size
from .optimizers.base import Optimizer
from .tiles.choice import choose_tile_size
from .tiles.objective import TiledObjective


@dataclass(frozen=True)
class Stage:
    """Content and style at one size.

    Attributes:
        content: Array `(height, width, 3)`, uint8.
        style: Likewise; its height and width may be others.
        tile_size: Longest side in pixels of the tiles; `None`: the image as a whole.
    """

    content: np.ndarray
    style: np.ndarray
    tile_size: int | None = None

    @property
    def size(self) -> int:
        """The longer side of the content, in pixels."""
        return max(self.content.shape[:2])

    @property
    def plan(self) -> str:
        """Size and tiles in a few words."""
        height, width = self.content.shape[:2]
        tiles = "" if self.tile_size is None else f" in tiles of {self.tile_size}"
        return f"{width} x {height} pixels{tiles}"


def check_scales(scales: Sequence[float], epochs: int) -> tuple[float, ...]:
    """Returns the scales as floats, or raises a `ValueError` if they do not rise to 1."""
    checked = tuple(check_number("scales", scale, minimum=0.0) for scale in scales)
    rising = all(before < after for before, after in itertools.pairwise((0.0, *checked)))
    if not checked or not rising or checked[-1] != 1.0:
        raise ValueError(
            "Invalid value for argument `scales`. Expected rising parts of the size, the last of "
            f"them 1, such as (0.25, 0.5, 1). Received: scales={scales!r}."
        )
    if epochs < len(checked):
        raise ValueError(
            f"Expected at least one epoch for each of the scales {list(checked)}. "
            f"Received: epochs={epochs}."
        )
    return checked


def check_tile_size(tile_size: int | str | None) -> int | str | None:
    """Returns the tile size, or raises a `ValueError`."""
    if tile_size is None or tile_size == "auto":
        return tile_size
    if isinstance(tile_size, str):
        raise ValueError(
            "Invalid value for argument `tile_size`. Expected 'auto', None or a number of pixels. "
            f"Received: tile_size={tile_size!r}."
        )
    return check_integer("tile_size", tile_size, minimum=32)


def plan_stages(
    content: ImageSource,
    style: ImageSource,
    size: int | None,
    scales: Sequence[float],
    tile_size: int | str | None,
    extractor: FeatureExtractor,
    losses: Sequence[Loss],
    optimizer: Optimizer,
) -> list[Stage]:
    """Reads content and style for each scale, each time resized from the original.

    Args:
        content: Path or array of the content image.
        style: Path or array of the style image.
        size: Length of the longer sides at scale 1, in pixels; `None`: the images' own.
        scales: Parts of that length.
        tile_size: Of each stage; `"auto"`: what fits into the memory.
        extractor: The network, which says how small an image may be and how much memory it takes.
        losses: The losses.
        optimizer: What moves the image, which takes memory as well.

    Returns:
        One stage for each scale.

    Raises:
        ValueError: If an image is none, or too small for the losses' layers.
        MemoryError: If there is not enough memory.
    """
    if size is not None:
        size = check_integer("size", size, minimum=1)
    whole_content = read_image(content, size, "content")
    whole_style = read_image(style, size, "style")
    stages = []
    for scale in scales:
        if scale == 1:
            stage = Stage(whole_content, whole_style)
        else:
            content_size = max(1, round(scale * max(whole_content.shape)))
            style_size = max(1, round(scale * max(whole_style.shape)))
            stage = Stage(
                read_image(content, content_size, "content"),
                read_image(style, style_size, "style"),
            )
        check_size("content", stage.content, extractor, losses)
        check_size("style", stage.style, extractor, losses)
        check_same_size(stage.content, stage.style, losses)
        tiles = tile_size
        if tiles == "auto":
            height, width = stage.content.shape[:2]
            shapes = [(height, width), stage.style.shape[:2]]
            optimizer_bytes = optimizer.bytes_per_pixel() * height * width
            available = available_memory()
            tiles = choose_tile_size(shapes, extractor, losses, optimizer_bytes, available)
        stages.append(Stage(stage.content, stage.style, None if tiles is None else int(tiles)))
    return stages


def make_objective(
    stage: Stage,
    extractor: FeatureExtractor,
    losses: Sequence[Loss],
    weights: Mapping[str, float],
    precision: str,
) -> Objective | TiledObjective:
    """The objective of a stage, of the image as a whole or in tiles."""
    content, style = to_batch(stage.content), to_batch(stage.style)
    if stage.tile_size is None:
        return Objective(extractor, losses, weights, content, style, precision)
    return TiledObjective(extractor, losses, weights, content, style, precision, stage.tile_size)
