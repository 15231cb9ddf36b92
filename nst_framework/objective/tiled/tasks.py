"""One tile's work, as arrays and numbers that can be sent to another process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..comparisons import Key, Levels
from .layout import Tile

Statistics = dict[tuple[str, int], dict[str, Any]]
"""`{(loss's name, number of a region or of an image): {layer: nest of arrays}}`."""


@dataclass(frozen=True)
class Guide:
    """What a tile sees of the masks; the same in every evaluation.

    Attributes:
        levels: Of each region but the whole, its levels of the tile's own features, by layer.
        totals: The sums of those levels over all tiles.
    """

    levels: Levels = field(default_factory=dict)
    totals: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Differs for guides whose levels differ, which need different functions."""
        digest = hashlib.sha256()
        for region, layers in self.levels.items():
            for layer, levels in layers.items():
                digest.update(f"{region} {layer} {levels.shape}".encode())
                digest.update(levels.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Task:
    """One tile's work; nothing but arrays and numbers, so that it can be sent elsewhere.

    Attributes:
        tile: Which part of the image.
        pixels: The tile's crop of the image, array `(1, height, width, 3)`, float32.
        keys: Which statistics are wanted, of those that are means over positions.
        guide: What the tile sees of the masks.
        slopes: Derivative of the objective by each mean over positions.
        targets: Features that the tile's own are compared with, position by position.
        weights: A weight for each loss by its name.
    """

    tile: Tile
    pixels: np.ndarray
    keys: tuple[Key, ...] = ()
    guide: Guide = field(default_factory=Guide)
    slopes: Statistics = field(default_factory=dict)
    targets: Statistics = field(default_factory=dict)
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
