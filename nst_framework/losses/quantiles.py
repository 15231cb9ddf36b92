"""Distributions of numbers, compared by their quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops


def sort_values(matrix: Any) -> Any:
    """The values of each column, from the smallest to the largest.

    Args:
        matrix: Tensor `(positions, columns)`.

    Returns:
        Tensor `(columns, positions)`.
    """
    return ops.sort(ops.transpose(matrix), axis=-1)


def quantile_distance(actual: Any, target: Any) -> Any:
    r"""The mean squared difference of sorted values, which is a squared Wasserstein distance.

    $$ d = \frac{1}{N M} \sum_{i,k} (a_{ik} - b_{ik})^2 $$

    with the sorted values $a_i$ and $b_i$ of column $i$. If the target has a different number of
    values, it is interpolated to as many.

    Source: Bonneel, Rabin, Peyré and Pfister, "Sliced and Radon Wasserstein barycenters of
    measures", Journal of Mathematical Imaging and Vision 51, 2015.

    Args:
        actual: Tensor `(columns, positions)`, sorted.
        target: Likewise; its number of positions may differ.

    Returns:
        A scalar tensor.
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
