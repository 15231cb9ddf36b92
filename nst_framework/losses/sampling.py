"""Samples of positions, for losses that would otherwise compare every pair of positions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from keras import ops

from ..checks import check_integer
from .base import Layers, LayerWeights, Loss


class SampledLoss(Loss):
    """A loss on a sample of positions or patches, which stays the same during a run."""

    samples: int = 1024
    """Maximum number of positions or patches."""

    def __init__(
        self,
        layers: Layers = None,
        layer_weights: LayerWeights = None,
        samples: int | None = None,
        seed: int = 0,
        name: str | None = None,
    ) -> None:
        super().__init__(layers, layer_weights, name)
        declared = type(self).samples if samples is None else samples
        self.samples = check_integer("samples", declared, minimum=1)
        self.seed = check_integer("seed", seed, minimum=0)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "samples": self.samples, "seed": self.seed}


def sample_positions(height: int, width: int, count: int, seed: int) -> np.ndarray:
    """Draws up to `count` positions, one from each cell of a grid over the features.

    Returns an int32 array `(positions,)` of `row * width + column`, in ascending order.
    """
    if height * width <= count:
        return np.arange(height * width, dtype=np.int32)
    rows = min(height, count, max(1, math.floor(math.sqrt(count * height / width))))
    columns = min(width, count // rows)
    generator = np.random.default_rng(seed)
    row_edges = np.linspace(0, height, rows + 1)[:-1, None]
    column_edges = np.linspace(0, width, columns + 1)[None, :-1]
    row = row_edges + generator.uniform(0, height / rows, (rows, columns))
    column = column_edges + generator.uniform(0, width / columns, (rows, columns))
    # Rounding can yield the edge itself, which is one position too far.
    row, column = np.minimum(row, height - 1).astype(int), np.minimum(column, width - 1).astype(int)
    return np.unique(row * width + column).astype(np.int32)


def sample_features(features: Any, samples: int, seed: int) -> Any:
    """Samples features `(1, height, width, channels)`; returns `(positions, channels)`."""
    height, width, channels = features.shape[1:]
    positions = sample_positions(height, width, samples, seed)
    return ops.take(ops.reshape(features, (height * width, channels)), positions, axis=0)


def sample_patches(features: Any, patch_size: int, samples: int, seed: int) -> Any:
    """Samples overlapping patches of features; returns `(patches, patch_size**2 * channels)`.

    Features are `(1, height, width, channels)`. If they are smaller than a patch, so are the
    patches. If there are no more patches than samples, all are taken, row by row.
    """
    height, width, channels = features.shape[1:]
    size = min(patch_size, height, width)
    corners = sample_positions(height - size + 1, width - size + 1, samples, seed)
    corners = corners // (width - size + 1) * width + corners % (width - size + 1)
    offsets = (np.arange(size)[:, None] * width + np.arange(size)).ravel()
    patches = ops.take(
        ops.reshape(features, (height * width, channels)),
        (corners[:, None] + offsets).astype(np.int32),
        axis=0,
    )
    return ops.reshape(patches, (len(corners), size**2 * channels))
