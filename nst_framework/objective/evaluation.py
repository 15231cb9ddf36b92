"""The result of an objective: the loss, its terms, and the gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from keras import ops


@dataclass(frozen=True)
class Evaluation:
    """The result of one call of the objective.

    Attributes:
        loss: The total loss: the sum of the terms.
        terms: Each loss's weighted value, by name.
        gradient: The gradient of `loss`, in the image's shape: an array if the image was an array,
            a tensor on Keras's device if the image was a tensor.
        finite: Whether the loss and the whole gradient are finite.
    """

    loss: float
    terms: dict[str, float]
    gradient: Any
    finite: bool = True

    @property
    def logs(self) -> dict[str, float]:
        """`loss` and the terms, as Keras callbacks expect them."""
        return {"loss": self.loss, **self.terms}


class ObjectiveFunction(Protocol):
    """An objective, for the whole image at once or in tiles."""

    def prepare(self, image: np.ndarray) -> None:
        """Computes the targets that depend on the image at the start of an epoch."""

    def __call__(self, image: Any, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses and their gradient, with the recipe's weights or others."""


def weight_arrays(weights: Mapping[str, float], dtype: str) -> dict[str, np.ndarray]:
    """Converts weights to arrays, so that new weights do not trace a function again."""
    return {name: np.asarray(weight, dtype) for name, weight in weights.items()}


def stack_numbers(loss: Any, terms: Sequence[Any], gradient: Any) -> Any:
    """The loss, the terms in order, and whether the gradient is finite (1 or 0), as one tensor.

    The host needs no other numbers of an evaluation, so a single transfer suffices.
    """
    finite = ops.cast(ops.all(ops.isfinite(gradient)), loss.dtype)
    return ops.stack([loss, *terms, finite])


def gray_gradient(gradient: Any) -> Any:
    """The component of a gradient `(1, height, width, 3)` that keeps a gray image gray.

    A network's gradient differs between the three channels, so a gray image would acquire colors,
    which are not saved.
    """
    library: Any = np if isinstance(gradient, np.ndarray) else ops
    gray = library.mean(gradient, axis=-1, keepdims=True)
    return library.repeat(gray, 3, axis=-1)


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
