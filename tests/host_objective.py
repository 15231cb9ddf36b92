"""Objectives that compute with NumPy, for optimizers that stay on Keras's device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops

from nst_framework import Evaluation

Objective = Callable[[Any], Evaluation]
SHAPE = (1, 4, 5, 3)


def on_host(function: Callable[[np.ndarray], Evaluation]) -> Objective:
    """Makes a function of arrays accept tensors; the gradient is of the image's kind."""

    def objective(image: Any) -> Evaluation:
        if isinstance(image, np.ndarray):
            return function(image)
        evaluation = function(ops.convert_to_numpy(image))
        gradient = ops.convert_to_tensor(evaluation.gradient, dtype="float32")
        return replace(evaluation, gradient=gradient)

    return objective


def quadratic(target: np.ndarray, scale: float = 1.0) -> Objective:
    """An ill-conditioned quadratic, whose curvature ranges from 1 to 100."""
    curvature = np.linspace(1, 100, target.size).reshape(target.shape)

    @on_host
    def objective(image: np.ndarray) -> Evaluation:
        difference = image.astype(np.float64) - target
        loss = float(scale * np.sum(curvature * difference**2) / 2)
        gradient = (scale * curvature * difference).astype(np.float32)
        return Evaluation(loss, {}, gradient)

    return objective
