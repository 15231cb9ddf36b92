"""The work for one tile, as arrays and numbers that can be sent to another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..comparisons import Key, Levels, levels_digest
from .layout import Tile

Statistics = dict[tuple[str, int], dict[str, Any]]
"""`{(name of a loss, number of a region or source): {layer: nested structure of arrays}}`."""


@dataclass(frozen=True)
class Guide:
    """The part of the masks for one tile, which all evaluations share.

    Attributes:
        levels: For each region except `WHOLE`: the levels of the tile's own features, by layer.
        totals: The sums of these levels over all tiles.
    """

    levels: Levels = field(default_factory=dict)
    totals: Mapping[int, Mapping[str, int]] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Identifies the guide; each one needs its own compiled functions."""
        return f"{levels_digest(self.levels)} {self.totals}"


@dataclass(frozen=True)
class Task:
    """The work for one tile: only arrays and numbers, so that it can be sent elsewhere.

    Attributes:
        tile: The part of the image.
        pixels: The tile's crop of the image, array `(1, height, width, 3)`, float32.
        keys: The statistics to compute.
        guide: The part of the masks for the tile.
        slopes: Derivative of the objective with respect to each mean over positions.
        weights: A weight for each loss, by name.
    """

    tile: Tile
    pixels: np.ndarray
    keys: tuple[Key, ...] = ()
    guide: Guide = field(default_factory=Guide)
    slopes: Statistics = field(default_factory=dict)
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
