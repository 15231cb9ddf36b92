"""What `check_loss` asks of a loss's declarations: its attributes, its target, order and sizes."""

from __future__ import annotations

import math

import numpy as np

from ..losses.base import Loss
from .requirements import DTYPE, Arrays, require, require_no_error
from .trials import LossTrial, random_features

CLOSE = 1e-6 if DTYPE == "float64" else 1e-4
"""Relative difference between two computations whose steps are in another order."""

ZERO = 1e-3
"""The largest value at the target, relative to that elsewhere, as from smoothing or bins."""

FACTOR = 2.0
"""By how much a mean may change when every position occurs four times; a sum changes by 4."""


def check_attributes(loss: Loss) -> None:
    """The class's attributes are as `Loss` describes them."""
    name = type(loss).__name__
    require(
        loss.mean_over_positions in ("represent", "compare", None),
        f"{name}.mean_over_positions is {loss.mean_over_positions!r}, where 'represent', "
        "'compare' or None is expected.",
    )
    require(
        isinstance(loss.window, int) and loss.window >= 1,
        f"{name}.window is {loss.window!r}, where a whole number of positions is expected: 1 if "
        "no term reaches beyond its own position.",
    )
    for attribute in ("target_size_may_differ", "ignores_order"):
        value = getattr(loss, attribute)
        require(
            isinstance(value, bool),
            f"{name}.{attribute} is {value!r}, where True or False is expected.",
        )


def check_target(trial: LossTrial) -> None:
    """The value is never negative, and zero where the features are the target's."""
    values = [
        trial.value(trial.actual, trial.reference),
        trial.value(trial.reference, trial.actual),
    ]
    require(
        min(values) >= 0,
        f"{trial.name} is {min(values):g} for random features, but no loss may be negative: square "
        "the difference or take its absolute value in compare.",
    )
    if trial.loss.target is None:
        return
    at_target = trial.value(trial.reference, trial.reference)
    require(
        abs(at_target) <= ZERO * max(values),
        f"{trial.name} is {at_target:g} where the features are the target's and {max(values):g} "
        "elsewhere: let compare be zero for two equal statistics, or set target=None.",
    )


def check_order(trial: LossTrial) -> None:
    """A loss that declares that it ignores the order of positions does."""
    if not trial.loss.ignores_order:
        return
    expected = trial.value(trial.actual, trial.reference)
    arranged = {
        "the image's": trial.value(_shuffled(trial.actual, 3), trial.reference),
        "the target's": trial.value(trial.actual, _shuffled(trial.reference, 4)),
    }
    for whose, value in arranged.items():
        require(
            math.isclose(value, expected, rel_tol=CLOSE),
            f"{trial.name} changes from {expected:g} to {value:g} when the positions of {whose} "
            "features are shuffled, though ignores_order is True: set it to False.",
        )


def check_target_size(trial: LossTrial) -> None:
    """A loss that declares that it takes a target of a different size does."""
    if not trial.loss.target_size_may_differ or trial.loss.target is None:
        return
    other = random_features(trial.loss, seed=5, other_size=True)
    advice = (
        f"{trial.name} does not take a target of a different height and width, though "
        "target_size_may_differ is True: set it to False, or compare statistics without positions."
    )
    require_no_error(lambda: trial.value(trial.actual, other), advice)
    require(math.isfinite(trial.value(trial.actual, other)), advice)


def check_doubled_size(trial: LossTrial) -> None:
    """The value is about the same where every position occurs four times."""
    actual, reference = (
        {layer: _quarter(array) for layer, array in arrays.items()}
        for arrays in (trial.actual, trial.reference)
    )
    value, gradient = trial.evaluate(actual, reference)
    value_twice, gradient_twice = trial.evaluate(_doubled(actual), _doubled(reference))
    advice = "divide sums over positions by their number."
    # Slightly more than the factor, to allow for rounding.
    limit = FACTOR * (1 + CLOSE)
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
            f"{total:g}, and to {total_twice:g} when height and width double: {advice}",
        )


def _shuffled(features: Arrays, seed: int) -> Arrays:
    """The same features with each layer's positions in another order."""
    generator = np.random.default_rng(seed)
    return {
        layer: generator.permutation(array.reshape(-1, array.shape[-1])).reshape(array.shape)
        for layer, array in features.items()
    }


def _quarter(array: np.ndarray) -> np.ndarray:
    """The first half of the rows and of the columns."""
    return array[:, : array.shape[1] // 2, : array.shape[2] // 2]


def _doubled(features: Arrays) -> Arrays:
    """Twice the height and width: every position four times, with the same neighbours."""
    return {layer: np.tile(array, (1, 2, 2, 1)) for layer, array in features.items()}
