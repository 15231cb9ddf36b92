"""The optimizer that `Trainer.compile` was given, or the default."""

from __future__ import annotations

import keras

from .base import Optimizer
from .keras_optimizer import KerasOptimizer
from .projected_lbfgs import ProjectedLBFGS


def as_optimizer(optimizer: Optimizer | keras.optimizers.Optimizer | None) -> Optimizer:
    """The optimizer itself, one of Keras's wrapped, or the default for `None`.

    Raises:
        ValueError: If it is anything else.
    """
    if optimizer is None:
        return ProjectedLBFGS()
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return KerasOptimizer(optimizer)
    if isinstance(optimizer, Optimizer):
        return optimizer
    raise ValueError(
        "Invalid value for argument `optimizer`. Expected an Optimizer, such as ScipyLBFGSB() or "
        f"keras.optimizers.Adam(5.0). Received: optimizer={optimizer!r}."
    )
