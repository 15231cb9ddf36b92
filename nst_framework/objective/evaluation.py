"""What an objective returns: the loss, its terms, and the gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from keras import ops


@dataclass(frozen=True)
class Evaluation:
    """What one call of the objective returns.

    Attributes:
        loss: The total loss: the sum of the terms.
        terms: Each loss's weighted value, by name.
        gradient: The gradient of `loss`, of the image's shape: an array if the image was one, and a
            tensor on Keras's device if the image was a tensor.
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
        """Computes the targets that depend on the image with which an epoch begins."""

    def __call__(self, image: Any, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses, with the recipe's weights or others, and their gradient."""


def weight_arrays(weights: Mapping[str, float], dtype: str) -> dict[str, np.ndarray]:
    """Converts weights to arrays, so that a function is not traced again for other weights."""
    return {name: np.asarray(weight, dtype) for name, weight in weights.items()}


def stack_numbers(loss: Any, terms: Sequence[Any], gradient: Any) -> Any:
    """The loss, the terms in their order, and whether the gradient is finite, as 1 or 0.

    That is what the host needs of an evaluation, as one tensor, so that one transfer fetches it.
    """
    finite = ops.cast(ops.all(ops.isfinite(gradient)), loss.dtype)
    return ops.stack([loss, *terms, finite])


def grey_gradient(gradient: Any) -> Any:
    """The component of a gradient `(1, height, width, 3)` that keeps a grey image grey.

    A network gives each of the three channels a different gradient, so a grey image would take on
    colours, which are not saved.
    """
    library: Any = np if isinstance(gradient, np.ndarray) else ops
    grey = library.mean(gradient, axis=-1, keepdims=True)
    return library.repeat(grey, 3, axis=-1)


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
