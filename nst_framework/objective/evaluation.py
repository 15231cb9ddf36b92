"""What an objective returns: the loss, its terms, and the gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Evaluation:
    """What one call of the objective returns.

    Attributes:
        loss: The total loss: the sum of the terms.
        terms: Each loss's weighted value, by name.
        gradient: The gradient of `loss`, an array of the image's shape.
    """

    loss: float
    terms: dict[str, float]
    gradient: np.ndarray

    @property
    def logs(self) -> dict[str, float]:
        """`loss` and the terms, as Keras callbacks expect them."""
        return {"loss": self.loss, **self.terms}


class ObjectiveFunction(Protocol):
    """An objective, for the whole image at once or in tiles."""

    def __call__(self, image: np.ndarray, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses, with the recipe's weights or others, and their gradient."""


def weight_arrays(weights: Mapping[str, float], dtype: np.dtype) -> dict[str, np.ndarray]:
    """Converts weights to arrays, so that a function is not traced again for other weights."""
    return {name: np.asarray(weight, dtype) for name, weight in weights.items()}


class NonFiniteLossWarning(RuntimeWarning):
    """A run ended because its loss or gradient was NaN or infinite."""


class NonFiniteLossError(FloatingPointError):
    """The loss or its gradient is NaN or infinite.

    Attributes:
        evaluation: The evaluation that is not finite.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        values = ", ".join(f"{name} = {value:g}" for name, value in evaluation.logs.items())
        if math.isfinite(evaluation.loss):
            values += ", and a gradient that is not finite"
        super().__init__(
            f"Expected a finite loss and gradient. Received: {values}. The last good image is "
            "kept. Try smaller weights, a smaller learning rate, or float32."
        )
