"""The checks of a loss's declarations: its attributes, its target, order and sizes."""

from __future__ import annotations

import math

import numpy as np

from ..losses.base import Loss
from .requirements import DTYPE, Arrays, require, require_no_error
from .trials import LossTrial, random_features

REORDERED_TOLERANCE = 1e-6 if DTYPE == "float64" else 1e-4
"""Relative difference allowed between computations with another order of operations."""

TARGET_TOLERANCE = 1e-3
"""Largest value allowed at the target, relative to that elsewhere, for losses with smoothing or
bins."""

SIZE_FACTOR = 2.0
"""Factor by which a mean may change when every position occurs four times; a sum changes by 4."""


def check_attributes(loss: Loss) -> None:
    """The class's attributes have the types and values that `Loss` documents."""
    name = type(loss).__name__
    require(
        loss.mean_over_positions in ("represent", "compare", None),
        f"{name}.mean_over_positions is {loss.mean_over_positions!r}, where 'represent', "
        "'compare' or None is expected.",
    )
    require(
        isinstance(loss.window, int) and loss.window >= 1,
        f"{name}.window is {loss.window!r}, where a whole number of positions is expected: 1 if "
        "each term uses only its own position.",
    )
    for attribute in ("target_size_may_differ", "ignores_order"):
        value = getattr(loss, attribute)
        require(
            isinstance(value, bool),
            f"{name}.{attribute} is {value!r}, where True or False is expected.",
        )


def check_target(trial: LossTrial) -> None:
    """The value is never negative, and it is zero where the features equal the target's."""
    values = [
        trial.value(trial.actual, trial.reference),
        trial.value(trial.reference, trial.actual),
    ]
    require(
        min(values) >= 0,
        f"{trial.name} is {min(values):g} for random features, but no loss may be negative: use "
        "the square or the absolute value of the difference in compare.",
    )
    if trial.loss.target is None:
        return
    at_target = trial.value(trial.reference, trial.reference)
    require(
        abs(at_target) <= TARGET_TOLERANCE * max(values),
        f"{trial.name} is {at_target:g} where the features equal the target's and {max(values):g} "
        "elsewhere: compare must return zero for equal statistics. If it cannot, set target=None.",
    )


def check_order(trial: LossTrial) -> None:
    """A loss with `ignores_order` does not depend on the order of positions."""
    if not trial.loss.ignores_order:
        return
    expected = trial.value(trial.actual, trial.reference)
    arranged = {
        "the image's": trial.value(_shuffled(trial.actual, 3), trial.reference),
        "the target's": trial.value(trial.actual, _shuffled(trial.reference, 4)),
    }
    for whose, value in arranged.items():
        require(
            math.isclose(value, expected, rel_tol=REORDERED_TOLERANCE),
            f"{trial.name} changes from {expected:g} to {value:g} when the positions of {whose} "
            "features are shuffled, although ignores_order is True: set it to False.",
        )


def check_target_size(trial: LossTrial) -> None:
    """A loss with `target_size_may_differ` accepts a target of a different size."""
    if not trial.loss.target_size_may_differ or trial.loss.target is None:
        return
    other = random_features(trial.loss, seed=5, other_size=True)
    advice = (
        f"{trial.name} does not accept a target of a different height and width, although "
        "target_size_may_differ is True: set it to False, or compare statistics without positions."
    )
    require_no_error(lambda: trial.value(trial.actual, other), advice)
    require(math.isfinite(trial.value(trial.actual, other)), advice)


def check_doubled_size(trial: LossTrial) -> None:
    """The value is about the same if every position occurs four times."""
    actual, reference = (
        {layer: _quarter(array) for layer, array in arrays.items()}
        for arrays in (trial.actual, trial.reference)
    )
    value, gradient = trial.evaluate(actual, reference)
    value_twice, gradient_twice = trial.evaluate(_doubled(actual), _doubled(reference))
    advice = "divide sums over positions by the number of positions."
    # Slightly more than the factor, to allow for rounding.
    limit = SIZE_FACTOR * (1 + REORDERED_TOLERANCE)
    require(
        value <= limit * value_twice and value_twice <= limit * value,
        f"{trial.name} changes from {value:g} to {value_twice:g} when height and width double and "
        f"every position occurs four times: {advice}",
    )
    for layer in trial.used_layers:
        total, total_twice = (
            float(np.abs(each[layer]).sum()) for each in (gradient, gradient_twice)
        )
        require(
            total_twice <= limit * max(total, 1e-300),
            f"{trial.gradient_at(layer)} adds up to "
            f"{total:g}, but to {total_twice:g} when height and width double: {advice}",
        )


def _shuffled(features: Arrays, seed: int) -> Arrays:
    """The features with each layer's positions shuffled."""
    generator = np.random.default_rng(seed)
    return {
        layer: generator.permutation(array.reshape(-1, array.shape[-1])).reshape(array.shape)
        for layer, array in features.items()
    }


def _quarter(array: np.ndarray) -> np.ndarray:
    """The first half of the rows and columns."""
    return array[:, : array.shape[1] // 2, : array.shape[2] // 2]


def _doubled(features: Arrays) -> Arrays:
    """Features of twice the height and width: every position four times, with its neighbors."""
    return {layer: np.tile(array, (1, 2, 2, 1)) for layer, array in features.items()}
