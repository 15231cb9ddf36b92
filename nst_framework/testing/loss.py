"""`check_loss`: a loss's value, its gradient, and what it declares."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from ..losses.base import IMAGE, Loss
from .declarations import (
    CLOSE,
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
    remade,
    require,
    require_finite,
)
from .tiles import check_parts, check_tiles
from .trials import LossTrial, tensors

IN_DOUBLE = DTYPE == "float64"
SAME = 1e-9 if IN_DOUBLE else 1e-5
"""Relative difference between two computations that take the same steps."""

STEPS = (1e-5, 1e-6, 1e-4) if IN_DOUBLE else (0.3, 0.1, 0.03)
"""Lengths of short paths, in units of the features' spread. If one happens to cross a kink, as
`abs` and maxima have, the next is tried."""

STEP_TOLERANCE = 1e-3 if IN_DOUBLE else 0.2
PATH_LENGTHS = (1.0, 0.3, 0.1)
PATH_TOLERANCE = 0.1
"""Losses that match features may find other matches along the path, and jump a little there."""


def check_loss(loss: Loss) -> None:
    """Checks a loss on random features: its value, its gradient, and what it declares.

    The value has to be a finite scalar of the features' type, the same every time, never negative,
    and zero where the features are the target's. The gradient has to equal finite differences, and
    has to be finite where features are constant or zero. `ignores_order`, `target_size_may_differ`,
    `mean_over_positions` and `window` have to be true; the last two are also checked by comparing
    an image in tiles with the whole image. Doubling height and width must change the value little.
    `from_config` has to make the same loss from the JSON of what `get_config` returned.

    The check takes a few seconds and works with any test runner. It computes in float64 where Keras
    does, which is on TensorFlow. On JAX and PyTorch it computes in float32 and misses small faults,
    so run it on TensorFlow as well.

    Example:
    ```python
    from nst_framework.testing import check_loss


    def test_my_loss():
        check_loss(MyLoss(layers=["block1_conv1", "block2_conv1"], exponent=1.5))
    ```

    Args:
        loss: The loss. Pass arguments other than the defaults, so that a configuration that forgets
            them is detected.

    Raises:
        AssertionError: At the first fault found; the message says what, where, and what to do.
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
    """The value is one finite number of the features' type, for each layer and for all."""
    loss, name = trial.loss, trial.name
    statistics = loss.represent_layers(tensors(trial.actual))
    require(
        set(statistics) <= set(loss.layers),
        f"{name}.represent_layers returned statistics for {sorted(statistics)}, where only its "
        f"layers {sorted(loss.layers)} have a weight: use their names.",
    )
    if type(loss).compare_layers is Loss.compare_layers:
        targets = trial.targets(tensors(trial.reference), tensors(trial.actual))
        for layer, actual in statistics.items():
            compared = loss.compare(actual, targets.get(layer))
            _require_scalar(compared, f"{name}.compare at layer {layer!r}")
    actual = tensors(trial.actual)
    _require_scalar(loss(actual, trial.targets(tensors(trial.reference), actual)), name)


def check_repeatable(trial: LossTrial) -> None:
    """The value is the same every time, computed eagerly or compiled."""
    first = trial.value(trial.actual, trial.reference)
    trial.value(trial.reference, trial.actual)
    again = trial.value(trial.actual, trial.reference)
    require(
        math.isclose(first, again, rel_tol=SAME, abs_tol=1e-300),
        f"{trial.name} gave {first:g} and then {again:g} for the same features: keep no "
        "state between calls, and seed random numbers by an argument of the constructor.",
    )
    compiled, _ = trial.evaluate(trial.actual, trial.reference)
    require(
        math.isclose(first, compiled, rel_tol=CLOSE, abs_tol=1e-300),
        f"{trial.name} gave {first:g} eagerly and {compiled:g} compiled for the same features: "
        "use only keras.ops, and nothing that changes from call to call.",
    )


def check_dependence(trial: LossTrial) -> None:
    """The gradient is finite, and not zero everywhere in any layer that has a weight."""
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
            "let the loss depend on them, without rounding, comparisons, argmax or stop_gradient.",
        )


def check_gradient(trial: LossTrial) -> None:
    """The gradient equals finite differences; its integral along a path is the value's change."""

    def evaluate(actual: Arrays) -> tuple[float, Arrays]:
        return trial.evaluate(actual, trial.reference)

    _, gradient = evaluate(trial.actual)
    generator = np.random.default_rng(2)
    for layer in trial.used_layers:
        features, slopes = trial.actual[layer], gradient[layer]
        spread = float(features.std())
        directions = [spread / np.abs(slopes).max() * slopes]
        if IN_DOUBLE:
            # Across the gradient, the change is too small for float32.
            directions.append(spread * generator.standard_normal(features.shape))
        for direction in directions:
            error = path_error(
                evaluate, trial.actual, gradient, {layer: direction}, STEPS, STEP_TOLERANCE / 1000
            )
            require(
                error < STEP_TOLERANCE,
                f"{trial.gradient_at(layer)} differs from "
                f"finite differences by {error:.1%}: look for a stop_gradient, a rounding or "
                "NumPy code in represent or compare.",
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
            f"misses {error:.1%} of the change: look for a rounding, a comparison or an argmax in "
            "represent or compare.",
        )


def check_flat_features(trial: LossTrial) -> None:
    """Value and gradient stay finite, in float32, where features are constant or zero."""
    actual, reference = (
        {layer: array.astype(np.float32) for layer, array in arrays.items()}
        for arrays in (trial.actual, trial.reference)
    )
    # The image of a constant is grey.
    constant = {
        layer: np.full_like(array, 128 if layer == IMAGE else 1) for layer, array in actual.items()
    }
    zero = {layer: np.zeros_like(array) for layer, array in actual.items()}
    cases: dict[str, tuple[Arrays, Arrays]] = {
        "features that are the target's": (reference, reference),
        "constant features": (constant, reference),
        "all-zero features": (zero, reference),
        "an all-zero target": (actual, zero),
        "features and a target that are the same constant": (constant, constant),
        "all-zero features and an all-zero target": (zero, zero),
        "a channel that is zero": (_without_a_channel(actual), _without_a_channel(reference)),
    }
    for case, arrays in cases.items():
        value, gradient = trial.evaluate(*arrays)
        require_finite(value, f"{trial.name} is {value} in float32 for {case}")
        for layer in trial.used_layers:
            where = f"{trial.gradient_at(layer)} is not finite in float32 for {case}"
            require_finite(gradient[layer], where)


def check_configuration(trial: LossTrial) -> None:
    """The loss made from the configuration has the same attributes and the same value."""
    loss, again = trial.loss, remade(trial.loss)
    if again is None:
        return
    for attribute in ("layers", "layer_weights", "target", "name"):
        given, made = getattr(loss, attribute), getattr(again, attribute)
        require(
            given == made,
            f"{trial.name}.{attribute} is {given!r}, but {made!r} after get_config and "
            "from_config: let get_config return the constructor's arguments.",
        )
    before = trial.value(trial.actual, trial.reference)
    after = LossTrial(again).value(trial.actual, trial.reference)
    require(
        math.isclose(before, after, rel_tol=SAME),
        f"{trial.name} is {before:g}, but {after:g} after get_config and from_config: let "
        "get_config return every argument that the value depends on.",
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
        # NumPy's constants have it, and a run casts the loss.
        dtype in (DTYPE, "float64"),
        f"{what} returned {dtype} for features in {DTYPE}: cast constants to the features' dtype.",
    )
    number = float(ops.convert_to_numpy(value))
    require(math.isfinite(number), f"{what} returned {number} for random features.")


def _without_a_channel(features: Arrays) -> Arrays:
    """The same features, except that each layer's first channel is 0."""
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
"""In this order, so that the first failure best explains those that would follow."""
