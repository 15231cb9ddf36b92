"""The optimizer passed to `Trainer.compile`, or the default."""

from __future__ import annotations

import keras

from .base import Optimizer
from .keras_optimizer import KerasOptimizer
from .projected_lbfgs import ProjectedLBFGS


def as_optimizer(optimizer: Optimizer | keras.optimizers.Optimizer | None) -> Optimizer:
    """Returns an optimizer unchanged, wraps a Keras optimizer, and replaces `None` by the default.

    Raises:
        ValueError: If it is not an optimizer.
    """
    if optimizer is None:
        return ProjectedLBFGS()
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return KerasOptimizer(optimizer)
    if isinstance(optimizer, Optimizer):
        return optimizer
    raise ValueError(
        "Invalid value for argument `optimizer`. Expected an Optimizer, such as ScipyLBFGSB() or "
        f"keras.optimizers.Adam(5.0). Received: optimizer={optimizer!r}. Pass an instance of one."
    )
