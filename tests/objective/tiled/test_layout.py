"""The layout of tiles: every position of every layer belongs to exactly one tile."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import tiny_losses

from nst_framework.extractors.base import ReceptiveField
from nst_framework.objective.tiled.layout import make_tiles

FIELDS = {
    "image": ReceptiveField(1, 0),
    "first": ReceptiveField(1, 3),
    "second": ReceptiveField(16, 58),
}


@pytest.mark.parametrize("shape", [(33, 70), (64, 64), (215, 301), (16, 200), (65, 1)])
@pytest.mark.parametrize("tile_size", [32, 50, 96])
def test_every_position_belongs_to_one_tile(shape: tuple[int, int], tile_size: int) -> None:
    losses = tiny_losses()
    tiles = make_tiles(*shape, tile_size, losses, FIELDS)
    for loss in losses:
        for layer in loss.layers:
            stride = FIELDS[layer].stride
            count = np.zeros([side // stride for side in shape], int)
            fraction = 0.0
            for tile in tiles:
                region = dict(tile.regions).get((loss.name, layer))
                if region is None:
                    continue
                top, left = tile.crop.top // stride, tile.crop.left // stride
                fraction += region.fraction
                # A window belongs to the tile that contains its first position.
                rows = slice(top + region.area.top, top + region.area.bottom - loss.window + 1)
                columns = slice(left + region.area.left, left + region.area.right - loss.window + 1)
                count[rows, columns] += 1
            windows = count[: count.shape[0] - loss.window + 1, : count.shape[1] - loss.window + 1]
            assert (windows == 1).all()
            assert fraction == pytest.approx(1 if windows.size else 0)


def test_crops_include_the_halo_and_start_at_multiples_of_the_stride() -> None:
    tiles = make_tiles(215, 301, 96, tiny_losses(), FIELDS)
    assert len(tiles) == 3 * 4
    for tile in tiles:
        assert tile.crop.top % 16 == tile.crop.left % 16 == 0
        region = dict(tile.regions)["style_loss", "first"].area
        for own, start, stop, length in (
            ((region.top, region.bottom), tile.crop.top, tile.crop.bottom, 215),
            ((region.left, region.right), tile.crop.left, tile.crop.right, 301),
        ):
            assert start == 0 or own[0] >= 58
            assert stop == length or stop - start - own[1] >= 58
