"""Objectives that compute with NumPy, for optimizers that stay on Keras's device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops

from nst_framework import Evaluation


def on_host(function: Callable[[np.ndarray], Evaluation]) -> Callable[[Any], Evaluation]:
    """The function for arrays and tensors; the gradient is of the image's kind."""

    def objective(image: Any) -> Evaluation:
        if isinstance(image, np.ndarray):
            return function(image)
        evaluation = function(ops.convert_to_numpy(image))
        gradient = ops.convert_to_tensor(evaluation.gradient, dtype="float32")
        return replace(evaluation, gradient=gradient)

    return objective
