"""Distances between the directions of features."""

from __future__ import annotations

from typing import Any

from keras import ops

SMOOTHING = 1e-6
"""Added to squared lengths, because features of zeros have no direction."""


def cosine_distances(first: Any, second: Any) -> Any:
    r"""One minus the cosine of the angle between each pair of features.

    $$ D_{ij} = 1 - \frac{x_i \cdot y_j}{\lVert x_i \rVert \, \lVert y_j \rVert} $$

    Args:
        first: Tensor `(positions, channels)`.
        second: Likewise, with as many channels.

    Returns:
        Tensor `(positions of first, positions of second)`, from 0 to 2.
    """
    return 1 - ops.matmul(_directions(first), ops.transpose(_directions(second)))


def _directions(features: Any) -> Any:
    return features / ops.sqrt(ops.sum(features**2, axis=1, keepdims=True) + SMOOTHING)
