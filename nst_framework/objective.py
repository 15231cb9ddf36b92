"""The objective: extractor, losses and targets as one function of the image."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from .backend import as_numpy, value_and_gradient
from .extractors.base import FeatureExtractor
from .features import compute_features
from .losses.base import Loss
from .objective_arguments import compute_dtype


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


class NonFiniteLossError(FloatingPointError):
    """The loss or its gradient is NaN or infinite."""

    def __init__(self, evaluation: Evaluation) -> None:
        values = ", ".join(f"{name} = {value:g}" for name, value in evaluation.logs.items())
        if math.isfinite(evaluation.loss):
            values += ", and a gradient that is not finite"
        super().__init__(
            f"Expected a loss and a gradient that are finite. Received: {values}. The last image "
            "before that is kept. Try smaller weights, a smaller learning rate, or float32."
        )


class Objective:
    """A weighted sum of losses as a function of the image, with its gradient.

    The targets are computed once, when the objective is made. One pass of the network then serves
    all losses.

    Example:
    ```python
    objective = Objective(VGG16FeatureExtractor(), [ContentLoss(), StyleLoss()],
                          {"content_loss": 1.0, "style_loss": 2.0}, content, style)
    evaluation = objective(image)
    ```

    Args:
        extractor: The network.
        losses: The losses, with different names.
        weights: A weight for each loss by its name.
        content: The content image, array `(1, height, width, 3)`, float32, RGB, 0 to 255.
        style: The style image, likewise; it may have another size.
        precision: `"float32"`, or `"mixed_bfloat16"` for a network in bfloat16: image, statistics,
            losses and gradient stay in float32.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        losses: Sequence[Loss],
        weights: Mapping[str, float],
        content: np.ndarray,
        style: np.ndarray,
        precision: str = "float32",
    ) -> None:
        self._compute_dtype = compute_dtype(precision)
        extractor.prepare(self._compute_dtype or "float32")
        self.extractor = extractor
        self.losses = tuple(losses)
        self.weights = dict(weights)
        images = {"content": content, "style": style}
        self._targets = {loss.name: self._target(loss, images) for loss in self.losses}
        self._layers = tuple(dict.fromkeys(layer for loss in losses for layer in loss.layers))
        self._evaluate = value_and_gradient(self._value)

    def __call__(self, image: np.ndarray) -> Evaluation:
        """Evaluates the losses and their gradient.

        Args:
            image: Array `(1, height, width, 3)`, float32, RGB, 0 to 255.

        Returns:
            The evaluation; its values may be NaN or infinite.
        """
        value, terms, gradient = self._evaluate(image)
        return Evaluation(
            loss=float(value),
            terms={name: float(term) for name, term in terms.items()},
            gradient=as_numpy(gradient),
        )

    def _value(self, image: Any) -> tuple[Any, dict[str, Any]]:
        features = self._features(image, self._layers)
        terms = {
            loss.name: self.weights[loss.name] * loss(features, self._targets[loss.name])
            for loss in self.losses
        }
        return sum(terms.values()), terms

    def _target(self, loss: Loss, images: Mapping[str, np.ndarray]) -> dict[str, Any]:
        if loss.target is None:
            return {}
        image = keras.ops.convert_to_tensor(images[loss.target])
        return loss.represent_layers(self._features(image, loss.layers))

    def _features(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        return compute_features(self.extractor, image, layers, self._compute_dtype)
