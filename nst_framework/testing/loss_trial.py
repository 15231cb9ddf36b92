"""A loss on random features: what the checks have in common."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from ..backend import value_and_gradient
from ..losses.base import Loss
from .samples import random_features
from .slopes import Arrays


class LossTrial:
    """A loss with features of an image and of another one, from which the target comes.

    Args:
        loss: The loss.
    """

    def __init__(self, loss: Loss) -> None:
        self.loss = loss
        self.name = type(loss).__name__
        self.actual = random_features(loss, seed=0)
        self.reference = random_features(loss, seed=1)
        self._compiled = value_and_gradient(lambda *arrays: (self.tensor(*arrays), {}))

    @property
    def used_layers(self) -> list[str]:
        """The layers whose weight is above 0."""
        return [layer for layer, weight in self.loss.layer_weights.items() if weight > 0]

    @property
    def relates_layers(self) -> bool:
        """Whether statistics come from several layers, and not from each by itself."""
        return type(self.loss).represent_layers is not Loss.represent_layers

    def tensor(self, actual: Any, reference: Any) -> Any:
        """The loss as it is returned, of nests of tensors."""
        return self.loss(actual, self.targets(reference))

    def targets(self, reference: Any) -> dict[str, Any]:
        """The statistics that a run would compute once; none if the loss has no target."""
        return {} if self.loss.target is None else self.loss.represent_layers(reference)

    def value(self, actual: Arrays, reference: Arrays) -> float:
        """The loss, computed eagerly."""
        return float(ops.convert_to_numpy(self.tensor(tensors(actual), tensors(reference))))

    def evaluate(self, actual: Arrays, reference: Arrays) -> tuple[float, Arrays]:
        """The loss and its gradient by the image's features, compiled, as a run computes them."""
        value, _, gradient = self._compiled(actual, reference)
        arrays = {layer: np.asarray(ops.convert_to_numpy(gradient[layer])) for layer in gradient}
        return float(value), arrays


def tensors(arrays: Arrays) -> Any:
    """The arrays as tensors of the backend."""
    return keras.tree.map_structure(ops.convert_to_tensor, arrays)
