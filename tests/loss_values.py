"""Helpers shared by the tests of losses."""

from __future__ import annotations

import numpy as np
from keras import ops

from nst_framework import Loss


def features(*shape: int, seed: int = 0) -> np.ndarray:
    """Random features `(1, height, width, channels)`, float64."""
    return np.random.default_rng(seed).normal(size=(1, *shape))


def value(loss: Loss, actual: np.ndarray, target: np.ndarray | None = None) -> float:
    """The loss of one layer's features, without its weight."""
    statistic = None if target is None else loss.represent(ops.convert_to_tensor(target))
    return float(loss.compare(loss.represent(ops.convert_to_tensor(actual)), statistic))


def shuffle(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """The same features at shuffled positions."""
    positions = features.reshape(-1, features.shape[-1])
    order = np.random.default_rng(seed).permutation(len(positions))
    return positions[order].reshape(features.shape)
