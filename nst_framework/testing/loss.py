"""The check of a loss of one's own."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from ..losses.base import Loss
from .configuration import remade
from .loss_declarations import (
    check_attributes,
    check_doubled_size,
    check_order,
    check_target,
    check_target_size,
)
from .loss_means import check_parts, check_tiles
from .loss_trial import LossTrial
from .loss_value import (
    check_dependence,
    check_flat_features,
    check_gradient,
    check_repeatable,
    check_scalar,
)
from .requirements import require

CHECKS = (
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
)
"""In this order: what fails first explains best what would fail after it."""


def check_loss(loss: Loss) -> None:
    """Checks a loss on random features: its value, its gradient, and what it says of itself.

    The value has to be a finite scalar of the features' type, the same every time, never negative,
    and zero where the features are the target's. The gradient has to equal finite differences, and
    to be finite where features are constant or zero. `ignores_order`, `target_size_may_differ`,
    `mean_over_positions` and `window` have to be true; the last two also by comparing an image in
    tiles with the whole image. Doubling height and width may change little. `from_config` has to
    make the same loss of what `get_config` returned, and of its JSON.

    It takes a few seconds and works with any runner of tests.

    Example:
    ```python
    from nst_framework.testing import check_loss


    def test_my_loss():
        check_loss(MyLoss(layers=["block1_conv1", "block2_conv1"], exponent=1.5))
    ```

    Args:
        loss: The loss. Arguments other than the defaults show more, since a configuration that
            forgets them is seen.

    Raises:
        AssertionError: At the first thing that is wrong; it says what, where, and what to do.
    """
    require(
        isinstance(loss, Loss),
        f"check_loss expects a loss, such as check_loss(MyLoss()), and received {loss!r}: derive "
        "the class from nst_framework.Loss and pass an instance.",
    )
    check_attributes(loss)
    trial = LossTrial(loss)
    dtype = keras.backend.standardize_dtype(ops.convert_to_tensor(np.zeros(1)).dtype)
    require(
        dtype == "float64",
        f"check_loss expects a backend that computes in float64, and received {dtype}: set "
        "JAX_ENABLE_X64=1 in the environment for JAX.",
    )
    for check in CHECKS:
        check(trial)
    _check_configuration(trial)


def _check_configuration(trial: LossTrial) -> None:
    loss, again = trial.loss, remade(trial.loss)
    if again is None:
        return
    for attribute in ("layers", "layer_weights", "target", "name"):
        before, after = getattr(loss, attribute), getattr(again, attribute)
        require(
            before == after,
            f"{trial.name}.{attribute} is {before!r}, but {after!r} after get_config and "
            "from_config: let get_config return the constructor's arguments.",
        )
    before = trial.value(trial.actual, trial.reference)
    after = LossTrial(again).value(trial.actual, trial.reference)
    require(
        math.isclose(before, after, rel_tol=1e-9),
        f"{trial.name} is {before:g}, but {after:g} after get_config and from_config: let "
        "get_config return every argument that the value depends on.",
    )
