"""Distances between sets of features: by direction, by nearest neighbour, and by quantile."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

SMOOTHING = 1e-6
"""Added to squared lengths, because features of zeros have no direction."""


def cosine_distances(first: Any, second: Any) -> Any:
    r"""One minus the cosine of the angle between each pair of features `(positions, channels)`.

    $$ D_{ij} = 1 - \frac{x_i \cdot y_j}{\lVert x_i \rVert \, \lVert y_j \rVert} $$

    The distances `(positions of first, positions of second)` are from 0 to 2.
    """
    return 1 - ops.matmul(_directions(first), ops.transpose(_directions(second)))


def _directions(features: Any) -> Any:
    return features / ops.sqrt(ops.sum(features**2, axis=1, keepdims=True) + SMOOTHING)


def absolute_values(differences: Any, magnitude: Any) -> Any:
    r"""Absolute values, rounded off where a difference is so small that rounding decides its sign.

    $$ |d| \quad\text{or, if } |d| < \delta, \quad \frac{d^2 (2 \delta - |d|)}{\delta^2} $$

    with $\delta$ a ten-thousandth of the `magnitude` of what is subtracted, a scalar. An image that
    is the target thus stays as it is. With `ops.abs` it moves: on JAX, its slope at 0 is 1.
    """
    limit = 1e-4 * ops.stop_gradient(ops.convert_to_tensor(magnitude, differences.dtype))
    lengths = ops.abs(differences)
    # From the limit on, the ratio is 1, and nothing is rounded off.
    ratio = ops.minimum(lengths / (limit + SMOOTHING**2), 1.0)
    return ratio * (2 - ratio) * lengths


def relaxed_earth_mover_distance(distances: Any) -> Any:
    """The larger of the two mean distances to the nearest, of the distances `(n, m)` of points."""
    to_target = ops.mean(ops.min(distances, axis=1))
    to_actual = ops.mean(ops.min(distances, axis=0))
    # Of two that are equal, `ops.maximum` takes the first, the second or half of each.
    return ops.where(to_target < to_actual, to_actual, to_target)


def sort_values(matrix: Any) -> Any:
    """The values of each column of `(positions, columns)`, sorted: `(columns, positions)`."""
    return ops.sort(ops.transpose(matrix), axis=-1)


def quantile_distance(actual: Any, target: Any) -> Any:
    r"""The mean squared difference of sorted values, which is a squared Wasserstein distance.

    $$ d = \frac{1}{N M} \sum_{i,k} (a_{ik} - b_{ik})^2 $$

    with the sorted values $a_i$ and $b_i$ `(columns, positions)` of column $i$. If the target has a
    different number of positions, it is interpolated to as many.

    Source: Bonneel, Rabin, Peyré and Pfister, "Sliced and Radon Wasserstein barycenters of
    measures", Journal of Mathematical Imaging and Vision 51, 2015.
    """
    count, target_count = actual.shape[1], target.shape[1]
    if count != target_count:
        # Each value stands for the middle of its share of the distribution.
        places = np.clip((np.arange(count) + 0.5) / count * target_count - 0.5, 0, target_count - 1)
        lower = places.astype(np.int32)
        upper = np.minimum(lower + 1, target_count - 1)
        weight = ops.convert_to_tensor(places - lower, dtype=actual.dtype)
        below, above = ops.take(target, lower, axis=1), ops.take(target, upper, axis=1)
        target = below + weight * (above - below)
    return ops.mean(ops.square(actual - target))
