"""Checks of what a loss declares: its target, and which orders and sizes make no difference."""

from __future__ import annotations

import math

import numpy as np

from ..losses.base import Loss
from .requirements import require, require_no_error
from .trials import LossTrial, doubled, quarter, random_features, shuffled

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
        "the image's": trial.value(shuffled(trial.actual, 3), trial.reference),
        "the target's": trial.value(trial.actual, shuffled(trial.reference, 4)),
    }
    for whose, value in arranged.items():
        require(
            math.isclose(value, expected, rel_tol=1e-6),
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
    actual, reference = quarter(trial.actual), quarter(trial.reference)
    value, gradient = trial.evaluate(actual, reference)
    value_twice, gradient_twice = trial.evaluate(doubled(actual), doubled(reference))
    advice = "divide sums over positions by their number."
    # Slightly more than the factor, to allow for rounding.
    limit = FACTOR * (1 + 1e-6)
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
