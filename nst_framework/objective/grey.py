"""An objective of grey images, whose gradient is grey as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .evaluation import Evaluation, ObjectiveFunction


class GreyObjective:
    """Keeps a run that begins with a grey image on grey images.

    A network sees three channels and would give each its own gradient, so that the image would
    take on colours, which are not saved. The part of the gradient along grey is its mean over the
    channels.

    Args:
        objective: The objective of images in colour.
    """

    def __init__(self, objective: ObjectiveFunction) -> None:
        self._objective = objective

    @property
    def weights(self) -> dict[str, float]:
        """A weight for each loss by its name."""
        return self._objective.weights

    @weights.setter
    def weights(self, weights: dict[str, float]) -> None:
        self._objective.weights = weights

    def __call__(self, image: np.ndarray, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses and the part of their gradient that is grey.

        Args:
            image: Array `(1, height, width, 3)`, float32, three equal channels, 0 to 255.
            weights: A weight for each loss by its name; by default the objective's own.
        """
        evaluation = self._objective(image, weights)
        grey = evaluation.gradient.mean(axis=-1, keepdims=True)
        return replace(evaluation, gradient=np.repeat(grey, 3, axis=-1))
