"""Distances between sets of features: by direction, by nearest neighbor, and by quantile."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

SMOOTHING = 1e-6
"""Added to squared lengths, because all-zero features have no direction."""


def cosine_distances(first: Any, second: Any) -> Any:
    r"""One minus the cosine of the angle between each pair of features `(positions, channels)`.

    $$ D_{ij} = 1 - \frac{x_i \cdot y_j}{\lVert x_i \rVert \, \lVert y_j \rVert} $$

    The distances `(positions of first, positions of second)` range from 0 to 2.
    """
    return 1 - ops.matmul(_directions(first), ops.transpose(_directions(second)))


def _directions(features: Any) -> Any:
    return features / ops.sqrt(ops.sum(features**2, axis=1, keepdims=True) + SMOOTHING)


def absolute_values(differences: Any, magnitude: Any) -> Any:
    r"""Absolute values, smoothed at differences so small that rounding decides their sign.

    $$ |d| \quad\text{or, if } |d| < \delta, \quad \frac{d^2 (2 \delta - |d|)}{\delta^2} $$

    with $\delta$ a ten-thousandth of the scalar `magnitude`, that of the subtracted values. An
    image equal to the target thus stays unchanged. With `ops.abs` it would move, because the
    slope of `ops.abs` at 0 is 1 on JAX.
    """
    limit = 1e-4 * ops.stop_gradient(ops.convert_to_tensor(magnitude, differences.dtype))
    lengths = ops.abs(differences)
    # At and beyond the limit, the ratio is 1 and nothing is smoothed.
    ratio = ops.minimum(lengths / (limit + SMOOTHING**2), 1.0)
    return ratio * (2 - ratio) * lengths


def relaxed_earth_mover_distance(distances: Any) -> Any:
    """The larger of the two mean nearest distances, given distances `(n, m)` between points."""
    to_target = ops.mean(ops.min(distances, axis=1))
    to_actual = ops.mean(ops.min(distances, axis=0))
    # If both are equal, the gradient of `ops.maximum` differs between backends.
    return ops.where(to_target < to_actual, to_actual, to_target)


def sort_values(matrix: Any) -> Any:
    """Sorts the values of each column of `(positions, columns)`; returns `(columns, positions)`."""
    return ops.sort(ops.transpose(matrix), axis=-1)


def quantile_distance(actual: Any, target: Any) -> Any:
    r"""The mean squared difference of sorted values, which is a squared Wasserstein distance.

    $$ d = \frac{1}{N M} \sum_{i,k} (a_{ik} - b_{ik})^2 $$

    with the sorted values $a_i$ and $b_i$ of column $i$, both given as `(columns, positions)`. If
    the target has a different number of positions, it is interpolated to match.

    Source: Bonneel, Rabin, Peyré and Pfister, "Sliced and Radon Wasserstein barycenters of
    measures", Journal of Mathematical Imaging and Vision 51, 2015.
    """
    count, target_count = actual.shape[1], target.shape[1]
    if count != target_count:
        # Each value represents the middle of its share of the distribution.
        places = np.clip((np.arange(count) + 0.5) / count * target_count - 0.5, 0, target_count - 1)
        lower = places.astype(np.int32)
        upper = np.minimum(lower + 1, target_count - 1)
        weight = ops.convert_to_tensor(places - lower, dtype=actual.dtype)
        below, above = ops.take(target, lower, axis=1), ops.take(target, upper, axis=1)
        target = below + weight * (above - below)
    return ops.mean(ops.square(actual - target))
