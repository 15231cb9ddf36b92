"""`check_loss`: checks a loss's value, its gradient and its declarations."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from ..losses.base import IMAGE, Loss
from .declarations import (
    REORDERED_TOLERANCE,
    check_attributes,
    check_doubled_size,
    check_order,
    check_target,
    check_target_size,
)
from .requirements import (
    DTYPE,
    Arrays,
    path_error,
    rebuild,
    require,
    require_finite,
)
from .tiles import check_parts, check_tiles
from .trials import LossTrial, tensors

IN_DOUBLE = DTYPE == "float64"
REPEATED_TOLERANCE = 1e-9 if IN_DOUBLE else 1e-5
"""Relative difference allowed between two computations with the same operations."""

STEPS = (1e-5, 1e-6, 1e-4) if IN_DOUBLE else (0.3, 0.1, 0.03)
"""Lengths of short paths, in standard deviations of the features. The next length is tried if a
path crosses a kink, as in `abs` or a maximum."""

STEP_TOLERANCE = 1e-3 if IN_DOUBLE else 0.2
PATH_LENGTHS = (1.0, 0.3, 0.1)
PATH_TOLERANCE = 0.1
"""Losses that match features may change their matches along a path, with small jumps."""


def check_loss(loss: Loss) -> None:
    """Checks a loss's value, gradient and declarations on random features.

    The check requires that:

    - the value is a finite scalar in the features' dtype, identical for every call, never negative,
      and zero where the features equal the target's;
    - the gradient equals finite differences, and is finite where features are constant or zero;
    - `ignores_order`, `target_size_may_differ`, `mean_over_positions` and `window` are correct; the
      last two are also checked by comparing an image in tiles with the whole image;
    - the value changes little when height and width double;
    - `from_config` rebuilds the same loss from the result of `get_config`, converted to JSON.

    The check takes a few seconds. Any test runner can be used. It computes in float64 on
    TensorFlow. On JAX and PyTorch, Keras computes in float32, and small faults are missed, so run
    the check on TensorFlow as well.

    Example:
    ```python
    from nst_framework.testing import check_loss


    def test_my_loss():
        check_loss(MyLoss(layers=["block1_conv1", "block2_conv1"], exponent=1.5))
    ```

    Args:
        loss: The loss. Construct it with arguments other than the defaults, so that missing entries
            in `get_config` are detected.

    Raises:
        AssertionError: At the first fault. The message names the fault, its place and the remedy.
    """
    require(
        isinstance(loss, Loss),
        f"check_loss expects a loss, such as check_loss(MyLoss()), but received {loss!r}: derive "
        "the class from nst_framework.Loss and pass an instance.",
    )
    check_attributes(loss)
    trial = LossTrial(loss)
    for check in _CHECKS:
        check(trial)


def check_scalar(trial: LossTrial) -> None:
    """The value is a finite scalar in the features' dtype, for each layer and in total."""
    loss, name = trial.loss, trial.name
    statistics = loss.represent_layers(tensors(trial.actual))
    require(
        set(statistics) <= set(loss.layers),
        f"{name}.represent_layers returned statistics for {sorted(statistics)}, but the layers of "
        f"the loss are {sorted(loss.layers)}: use their names.",
    )
    if type(loss).compare_layers is Loss.compare_layers:
        targets = trial.targets(tensors(trial.reference), tensors(trial.actual))
        for layer, actual in statistics.items():
            compared = loss.compare(actual, targets.get(layer))
            _require_scalar(compared, f"{name}.compare at layer {layer!r}")
    actual = tensors(trial.actual)
    _require_scalar(loss(actual, trial.targets(tensors(trial.reference), actual)), name)


def check_repeatable(trial: LossTrial) -> None:
    """The value is the same every time, whether computed eagerly or compiled."""
    first = trial.value(trial.actual, trial.reference)
    trial.value(trial.reference, trial.actual)
    again = trial.value(trial.actual, trial.reference)
    require(
        math.isclose(first, again, rel_tol=REPEATED_TOLERANCE, abs_tol=1e-300),
        f"{trial.name} gave {first:g} and then {again:g} for the same features: keep no "
        "state between calls, and seed random numbers with a constructor argument.",
    )
    compiled, _ = trial.evaluate(trial.actual, trial.reference)
    require(
        math.isclose(first, compiled, rel_tol=REORDERED_TOLERANCE, abs_tol=1e-300),
        f"{trial.name} gave {first:g} eagerly and {compiled:g} compiled for the same features: "
        "use only keras.ops, and nothing that changes from call to call.",
    )


def check_dependence(trial: LossTrial) -> None:
    """The gradient is finite, and not zero everywhere in any layer with a positive weight."""
    _, gradient = trial.evaluate(trial.actual, trial.reference)
    for layer in trial.used_layers:
        require(
            bool(np.isfinite(gradient[layer]).all()),
            f"{trial.gradient_at(layer)} is not finite for "
            "random features: look for a root, a logarithm or a division at 0.",
        )
        require(
            bool(gradient[layer].any()),
            f"{trial.gradient_at(layer)} is zero everywhere: "
            "the loss must depend on them without rounding, comparisons, argmax or stop_gradient.",
        )


def check_gradient(trial: LossTrial) -> None:
    """The gradient equals finite differences, and its integral along a path is correct."""

    def evaluate(actual: Arrays) -> tuple[float, Arrays]:
        return trial.evaluate(actual, trial.reference)

    _, gradient = evaluate(trial.actual)
    generator = np.random.default_rng(2)
    for layer in trial.used_layers:
        features, slopes = trial.actual[layer], gradient[layer]
        spread = float(features.std())
        directions = [spread / np.abs(slopes).max() * slopes]
        if IN_DOUBLE:
            # In float32, the change in a random direction is too small to measure.
            directions.append(spread * generator.standard_normal(features.shape))
        for direction in directions:
            error = path_error(
                evaluate, trial.actual, gradient, {layer: direction}, STEPS, STEP_TOLERANCE / 1000
            )
            require(
                error < STEP_TOLERANCE,
                f"{trial.gradient_at(layer)} differs from "
                f"finite differences by {error:.1%}: look for stop_gradient, rounding or NumPy "
                "code in represent or compare.",
            )
        root_mean_square = np.sqrt(np.mean(slopes**2))
        path = np.clip(0.1 * spread / root_mean_square * slopes, -0.5 * spread, 0.5 * spread)
        # Features stay above 0 along the path, as after a ReLU.
        path = np.clip(path, -0.3 * features, 0.3 * features)
        error = path_error(
            evaluate, trial.actual, gradient, {layer: path}, PATH_LENGTHS, PATH_TOLERANCE
        )
        require(
            error < PATH_TOLERANCE,
            f"{trial.name} changes in jumps with the features of layer {layer!r}, and its gradient "
            f"misses {error:.1%} of the change: look for rounding, comparisons or argmax in "
            "represent or compare.",
        )


def check_flat_features(trial: LossTrial) -> None:
    """Value and gradient are finite in float32 if features are constant or zero."""
    actual, reference = (
        {layer: array.astype(np.float32) for layer, array in arrays.items()}
        for arrays in (trial.actual, trial.reference)
    )
    # For the image, the constant is a mid-gray.
    constant = {
        layer: np.full_like(array, 128 if layer == IMAGE else 1) for layer, array in actual.items()
    }
    zero = {layer: np.zeros_like(array) for layer, array in actual.items()}
    cases: dict[str, tuple[Arrays, Arrays]] = {
        "features that equal the target's": (reference, reference),
        "constant features": (constant, reference),
        "all-zero features": (zero, reference),
        "an all-zero target": (actual, zero),
        "features and target with the same constant": (constant, constant),
        "all-zero features and an all-zero target": (zero, zero),
        "an all-zero channel": (_without_a_channel(actual), _without_a_channel(reference)),
    }
    for case, arrays in cases.items():
        value, gradient = trial.evaluate(*arrays)
        require_finite(value, f"{trial.name} is {value} in float32 for {case}")
        for layer in trial.used_layers:
            where = f"{trial.gradient_at(layer)} is not finite in float32 for {case}"
            require_finite(gradient[layer], where)


def check_configuration(trial: LossTrial) -> None:
    """A loss rebuilt from the configuration has the same attributes and the same value."""
    loss, again = trial.loss, rebuild(trial.loss)
    if again is None:
        return
    for attribute in ("layers", "layer_weights", "target", "name"):
        given, made = getattr(loss, attribute), getattr(again, attribute)
        require(
            given == made,
            f"{trial.name}.{attribute} is {given!r}, but {made!r} after get_config and "
            "from_config: get_config must return the constructor's arguments.",
        )
    before = trial.value(trial.actual, trial.reference)
    after = LossTrial(again).value(trial.actual, trial.reference)
    require(
        math.isclose(before, after, rel_tol=REPEATED_TOLERANCE),
        f"{trial.name} is {before:g}, but {after:g} after get_config and from_config: "
        "get_config must return every argument that the value depends on.",
    )


def _require_scalar(value: Any, what: str) -> None:
    require(
        hasattr(value, "dtype") and hasattr(value, "shape"),
        f"{what} returned {value!r}, which is not a tensor: return a scalar computed from the "
        "features with keras.ops.",
    )
    require(
        tuple(value.shape) == (),
        f"{what} returned a tensor of shape {tuple(value.shape)}, where a scalar of shape () is "
        "expected: take the mean over all axes.",
    )
    dtype = keras.backend.standardize_dtype(value.dtype)
    require(
        # NumPy constants promote to float64, and a run casts the loss anyway.
        dtype in (DTYPE, "float64"),
        f"{what} returned {dtype} for features in {DTYPE}: cast constants to the features' dtype.",
    )
    number = float(ops.convert_to_numpy(value))
    require(math.isfinite(number), f"{what} returned {number} for random features.")


def _without_a_channel(features: Arrays) -> Arrays:
    """The features with each layer's first channel set to 0."""
    result = {layer: array.copy() for layer, array in features.items()}
    for array in result.values():
        array[..., 0] = 0
    return result


_CHECKS = (
    check_scalar,
    check_repeatable,
    check_dependence,
    check_gradient,
    check_target,
    check_order,
    check_target_size,
    check_parts,
    check_tiles,
    check_doubled_size,
    check_flat_features,
    check_configuration,
)
"""Ordered so that the first failure best explains those that would follow."""
