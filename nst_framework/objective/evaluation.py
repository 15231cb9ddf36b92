"""What an objective gives: the loss, its terms, and the gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Evaluation:
    """What one call of the objective gives.

    Attributes:
        loss: The whole loss: the sum of the terms.
        terms: Each loss's value by name, weighted.
        gradient: Array like the image: the derivative of `loss`.
    """

    loss: float
    terms: dict[str, float]
    gradient: np.ndarray

    @property
    def logs(self) -> dict[str, float]:
        """`loss` and the terms, as Keras's callbacks take them."""
        return {"loss": self.loss, **self.terms}


class ObjectiveFunction(Protocol):
    """An objective, of the image as a whole or in tiles."""

    def __call__(self, image: np.ndarray, weights: Mapping[str, float] | None = None) -> Evaluation:
        """The losses, weighted by the recipe's weights or by others, and their gradient."""


def weight_arrays(weights: Mapping[str, float], dtype: np.dtype) -> dict[str, np.ndarray]:
    """Weights by name as arrays, so that other weights need no other function."""
    return {name: np.asarray(weight, dtype) for name, weight in weights.items()}


class NonFiniteLossWarning(RuntimeWarning):
    """A run ended because its loss or gradient was NaN or infinite."""


class NonFiniteLossError(FloatingPointError):
    """The loss or its gradient is NaN or infinite.

    Attributes:
        evaluation: What is not finite.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        values = ", ".join(f"{name} = {value:g}" for name, value in evaluation.logs.items())
        if math.isfinite(evaluation.loss):
            values += ", and a gradient that is not finite"
        super().__init__(
            f"Expected a loss and a gradient that are finite. Received: {values}. The last image "
            "before that is kept. Try smaller weights, a smaller learning rate, or float32."
        )
