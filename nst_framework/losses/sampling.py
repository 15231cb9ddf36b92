"""Samples of positions, for losses that would otherwise have to compare every pair of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from keras import ops

from ..checks import check_integer
from .base import Loss, Target


class SampledLoss(Loss):
    """A loss of a sample of positions or patches, which stays the same during a run.

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        samples: The largest number of positions or patches.
        seed: Seed of the sample.
        target: Which image gives the target, as for `Loss`.
        name: The loss's name in logs.
    """

    def __init__(
        self,
        layers: Sequence[str],
        layer_weights: Mapping[str, float] | Sequence[float] | None,
        samples: int,
        seed: int,
        target: Target,
        name: str | None,
    ) -> None:
        super().__init__(layers, layer_weights, target, name)
        self.samples = check_integer("samples", samples, minimum=1)
        self.seed = check_integer("seed", seed, minimum=0)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "samples": self.samples, "seed": self.seed}


def sample_positions(height: int, width: int, count: int, seed: int) -> np.ndarray:
    """Draws positions spread over the whole of the features: one from each cell of a grid.

    Args:
        height: The number of rows.
        width: The number of columns.
        count: The largest number of positions to draw.
        seed: Seed of the random numbers.

    Returns:
        Array `(positions,)` of int32: `row * width + column`, in ascending order. All positions if
        there are no more than `count`.
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
    # Rounding can give the edge itself, which is one position too far.
    row, column = np.minimum(row, height - 1).astype(int), np.minimum(column, width - 1).astype(int)
    return np.unique(row * width + column).astype(np.int32)


def sample_features(features: Any, samples: int, seed: int) -> Any:
    """The features at a sample of positions.

    Args:
        features: Tensor `(1, height, width, channels)`.
        samples: The largest number of positions.
        seed: Seed of the sample.

    Returns:
        Tensor `(positions, channels)`.
    """
    height, width, channels = features.shape[1:]
    positions = sample_positions(height, width, samples, seed)
    return ops.take(ops.reshape(features, (height * width, channels)), positions, axis=0)


def sample_patches(features: Any, patch_size: int, samples: int, seed: int) -> Any:
    """A sample of the features' overlapping patches.

    Args:
        features: Tensor `(1, height, width, channels)`.
        patch_size: Height and width of a patch, in positions. Smaller features give smaller
            patches.
        samples: The largest number of patches. If there are no more, all are taken, row by row.
        seed: Seed of the sample.

    Returns:
        Tensor `(patches, patch_size**2 * channels)`.
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
