"""Resolves the `optimizer` argument of `Trainer.compile`."""

from __future__ import annotations

import keras

from ..defaults import LEARNING_RATE, PYRAMID_EPSILON, PYRAMID_LEARNING_RATE
from .base import Optimizer
from .keras_optimizer import KerasOptimizer
from .laplacian_pyramid import LaplacianPyramidOptimizer
from .projected_lbfgs import ProjectedLBFGS


def as_optimizer(optimizer: Optimizer | keras.optimizers.Optimizer | str | None) -> Optimizer:
    """Returns an `Optimizer` unchanged, wraps a Keras optimizer, or makes an optimizer by name.

    `None` means `"lbfgs"`. A Keras optimizer given by name gets a learning rate of 5 pixel values:
    Keras's default is meant for the weights of a network and would hardly change the image.
    """
    if optimizer is None or optimizer == "lbfgs":
        return ProjectedLBFGS()
    if optimizer == "scipy":
        from .scipy_lbfgsb import ScipyLBFGSB

        return ScipyLBFGSB()
    if optimizer == "pyramid":
        return LaplacianPyramidOptimizer(
            keras.optimizers.Adam(PYRAMID_LEARNING_RATE, epsilon=PYRAMID_EPSILON)
        )
    if isinstance(optimizer, str):
        return KerasOptimizer(_keras_optimizer(optimizer))
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return KerasOptimizer(optimizer)
    if isinstance(optimizer, Optimizer):
        return optimizer
    raise ValueError(
        "Invalid value for argument `optimizer`. Expected an Optimizer, such as ScipyLBFGSB() or "
        f"keras.optimizers.Adam(5.0), or a name. Received: optimizer={optimizer!r}. Pass 'adam' or "
        "an instance."
    )


def _keras_optimizer(name: str) -> keras.optimizers.Optimizer:
    # keras.optimizers.get does not find all of them (in Keras 3.15 neither Lamb nor
    # ScheduleFreeAdamW), but it finds those that users have registered.
    public = {
        each.lower(): kind
        for each, kind in vars(keras.optimizers).items()
        if isinstance(kind, type) and issubclass(kind, keras.optimizers.Optimizer)
    }
    try:
        make = public.get(name.lower())
        optimizer = keras.optimizers.get(name) if make is None else make()
    # Keras also raises a TypeError for unknown names.
    except (ValueError, TypeError) as error:
        raise ValueError(
            "Invalid value for argument `optimizer`. Expected 'lbfgs', 'scipy', 'pyramid' or the "
            f"name of a Keras optimizer, such as 'adam'. Received: optimizer={name!r}. Pass an "
            "instance, such as keras.optimizers.Adam(5.0)."
        ) from error
    optimizer.learning_rate = LEARNING_RATE
    return optimizer
