"""Which positions stand for all where every pair of them would be too many."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from keras import ops


def sample_positions(height: int, width: int, count: int, seed: int) -> np.ndarray:
    """Draws positions that are spread over the whole: one from each cell of a grid.

    Args:
        height: Rows.
        width: Columns.
        count: How many positions at most.
        seed: Seed of the random numbers.

    Returns:
        Array `(positions,)` of int32: `row * width + column`, rising. All positions if there are
        no more than `count`.
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
    # Rounding can end on the edge itself.
    row, column = np.minimum(row, height - 1).astype(int), np.minimum(column, width - 1).astype(int)
    return np.unique(row * width + column).astype(np.int32)


def sample_features(features: Any, samples: int, seed: int) -> Any:
    """Features `(positions, channels)` at no more than so many positions.

    Args:
        features: Tensor `(1, height, width, channels)`.
        samples: How many positions at most.
        seed: Seed of the sample.
    """
    height, width, channels = features.shape[1:]
    positions = sample_positions(height, width, samples, seed)
    return ops.take(ops.reshape(features, (height * width, channels)), positions, axis=0)


def sample_patches(features: Any, patch_size: int, samples: int, seed: int) -> Any:
    """Patches `(patches, patch_size**2 * channels)` of features, which overlap.

    Args:
        features: Tensor `(1, height, width, channels)`.
        patch_size: Height and width of a patch, in positions; no more than the features have.
        samples: How many patches at most. All of them, row by row, if there are no more.
        seed: Seed of the sample.
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
