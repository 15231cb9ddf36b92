"""Where the tiles of an image lie, and which features are each tile's own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...extractors.base import ReceptiveField
from ...losses.base import IMAGE, Loss
from ..recipe import Recipe


@dataclass(frozen=True)
class Area:
    """Rows and columns from a first one to before a last one."""

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
        """Height and width; 0 where there is nothing."""
        return max(0, self.bottom - self.top), max(0, self.right - self.left)


@dataclass(frozen=True)
class Region:
    """The part of a layer's features that a tile contributes to a loss.

    Attributes:
        area: Rows and columns among the features of the tile's crop.
        share: The part's share of all positions of the layer; the shares of all tiles add up to 1.
    """

    area: Area
    share: float


@dataclass(frozen=True)
class Tile:
    """A part of an image.

    Attributes:
        crop: The pixels that the network sees: the tile's own and a halo around them.
        regions: What of each layer's features is the tile's own: `((loss, layer), region)` pairs,
            none where a small tile has no position of that layer.
    """

    crop: Area
    regions: tuple[tuple[tuple[str, str], Region], ...]

    @property
    def geometry(self) -> tuple[tuple[int, int], object]:
        """What differs between tiles that need different functions."""
        return self.crop.shape, self.regions


@dataclass(frozen=True)
class _Part:
    """One tile's rows, or its columns."""

    start: int
    stop: int
    crop_start: int
    crop_stop: int

    def own(self, stride: int, window: int, length: int) -> tuple[int, int]:
        """First and last of the layer's own positions, counted from the crop's first one."""
        stop = length // stride if self.stop == length else self.stop // stride
        # A window belongs to the tile that has its first position.
        stop = min(stop + window - 1, length // stride)
        offset = self.crop_start // stride
        return self.start // stride - offset, stop - offset


def receptive_fields(recipe: Recipe) -> dict[str, ReceptiveField]:
    """The receptive field of every layer of the losses, the image itself included.

    Raises:
        ValueError: If a loss or the network is not made for tiles; it says what to do.
    """
    fields = {IMAGE: ReceptiveField(1, 0)}
    for loss in recipe.losses:
        if loss.mean_over_positions is None:
            raise ValueError(
                f"Expected losses that are means over positions, for an image in tiles. Received: "
                f"{type(loss).__name__}, whose `mean_over_positions` is None. Set it to "
                "'represent' or 'compare' if one of the two is such a mean, or use "
                "tile_size=None and a smaller size."
            )
        for layer in loss.layers:
            field = fields.get(layer) or recipe.extractor.receptive_field(layer)
            if field is None:
                raise ValueError(
                    "Expected a network that can be run on parts of an image. Received: "
                    f"{type(recipe.extractor).__name__}, whose `receptive_field({layer!r})` is "
                    "None. Write that method, or use tile_size=None and a smaller size."
                )
            fields[layer] = field
    return fields


def make_tiles(
    height: int,
    width: int,
    tile_size: int,
    losses: Sequence[Loss],
    fields: Mapping[str, ReceptiveField],
) -> list[Tile]:
    """Divides an image into tiles that are about equally large.

    Args:
        height: The image's height in pixels.
        width: Its width.
        tile_size: Longest side of what a tile calls its own, in pixels.
        losses: The losses.
        fields: The receptive fields of their layers.

    Returns:
        The tiles, row by row.
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
    """The window of each loss at each of its layers."""
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
    # Only a crop that begins at a multiple of all strides has the whole image's pooling windows.
    before = alignment * math.ceil(halo / alignment)
    return [
        _Part(start, stop, max(0, start - before), min(length, stop + halo))
        for start, stop in itertools.pairwise(edges)
    ]
