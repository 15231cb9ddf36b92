"""The layout of an image's tiles, and the features that belong to each tile."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...extractors.base import ReceptiveField
from ...losses.base import IMAGE, Loss
from ..features import receptive_fields
from ..recipe import Recipe, layers_of
from ..requirements import TILES, check_losses


@dataclass(frozen=True)
class Area:
    """Rows from `top` to `bottom` and columns from `left` to `right`, each end excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice, slice, slice]:
        """The index of the area in a tensor `(1, height, width, channels)`."""
        return slice(None), slice(self.top, self.bottom), slice(self.left, self.right), slice(None)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width; 0 if the area is empty."""
        return max(0, self.bottom - self.top), max(0, self.right - self.left)


@dataclass(frozen=True)
class Region:
    """The part of a layer's features that a tile contributes to a loss.

    Attributes:
        area: Rows and columns within the features of the tile's crop.
        fraction: The part's fraction of the layer's positions; all tiles' fractions add up to 1.
    """

    area: Area
    fraction: float


@dataclass(frozen=True)
class Tile:
    """A part of an image.

    Attributes:
        crop: The pixels that the network receives: the tile's own and a halo around them.
        regions: The tile's own part of each layer's features, as `((loss, layer), region)` pairs. A
            layer is missing if a small tile contains none of its positions.
    """

    crop: Area
    regions: tuple[tuple[tuple[str, str], Region], ...]

    @property
    def geometry(self) -> tuple[tuple[int, int], object]:
        """Identifies tiles that can share a compiled function."""
        return self.crop.shape, self.regions


@dataclass(frozen=True)
class _Part:
    """The rows or columns of one tile."""

    start: int
    stop: int
    crop_start: int
    crop_stop: int

    def own(self, stride: int, window: int, length: int) -> tuple[int, int]:
        """Start and stop of the tile's own positions, relative to the crop's first position."""
        stop = length // stride if self.stop == length else self.stop // stride
        # A window belongs to the tile that contains its first position.
        stop = min(stop + window - 1, length // stride)
        offset = self.crop_start // stride
        return self.start // stride - offset, stop - offset


def fields_of_losses(recipe: Recipe) -> dict[str, ReceptiveField]:
    """The receptive fields of the losses' layers, including the image itself.

    Raises:
        ValueError: If a loss or the network does not support tiles.
    """
    check_losses(recipe.losses, TILES)
    fields = receptive_fields(
        recipe.extractor,
        layers_of(recipe.losses),
        expected="supports evaluation in tiles",
        alternative="use tile_size=None and a smaller size",
    )
    return {IMAGE: ReceptiveField(1, 0), **fields}


def make_tiles(
    height: int,
    width: int,
    tile_size: int,
    losses: Sequence[Loss],
    fields: Mapping[str, ReceptiveField],
) -> list[Tile]:
    """Divides an image into tiles of about equal size, row by row.

    `tile_size` is the longest side of a tile without its halo, in pixels; `fields` are the
    receptive fields of the losses' layers.
    """
    uses = _uses(losses)
    rows, columns = (_divide(side, tile_size, uses, fields) for side in (height, width))
    tiles = []
    for row, column in itertools.product(rows, columns):
        regions = []
        for use, window in uses.items():
            stride = fields[use[1]].stride
            area = Area(*row.own(stride, window, height), *column.own(stride, window, width))
            terms = math.prod(side - window + 1 for side in area.shape)
            whole = (height // stride - window + 1) * (width // stride - window + 1)
            if min(area.shape) >= window:
                regions.append((use, Region(area, terms / whole)))
        crop = Area(row.crop_start, row.crop_stop, column.crop_start, column.crop_stop)
        if regions:
            tiles.append(Tile(crop, tuple(regions)))
    return tiles


def largest_crop(
    height: int,
    width: int,
    tile_size: int,
    losses: Sequence[Loss],
    fields: Mapping[str, ReceptiveField],
) -> tuple[int, int]:
    """Height and width of the largest crop that `make_tiles` would make."""
    uses = _uses(losses)
    rows, columns = (_divide(side, tile_size, uses, fields) for side in (height, width))
    return (
        max(part.crop_stop - part.crop_start for part in rows),
        max(part.crop_stop - part.crop_start for part in columns),
    )


def _uses(losses: Sequence[Loss]) -> dict[tuple[str, str], int]:
    """Each loss's window at each of its layers."""
    return {(loss.name, layer): loss.window for loss in losses for layer in loss.layers}


def _divide(
    length: int,
    tile_size: int,
    uses: Mapping[tuple[str, str], int],
    fields: Mapping[str, ReceptiveField],
) -> list[_Part]:
    used = [(fields[layer], window) for (_, layer), window in uses.items()]
    alignment = math.lcm(*(field.stride for field, _ in used))
    halo = max(field.halo + (window - 1) * field.stride for field, window in used)
    units = math.ceil(length / alignment)
    count = math.ceil(units / max(1, tile_size // alignment))
    edges = [alignment * (units * number // count) for number in range(count)] + [length]
    # A crop has the whole image's pooling windows only if it starts at a multiple of all strides.
    before = alignment * math.ceil(halo / alignment)
    return [
        _Part(start, stop, max(0, start - before), min(length, stop + halo))
        for start, stop in itertools.pairwise(edges)
    ]
