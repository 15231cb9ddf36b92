"""Losses and extractors with random features and images, shared by all checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from ..backend import value_and_gradient
from ..extractors.base import FeatureExtractor
from ..losses.base import IMAGE, Loss
from .requirements import DTYPE, Arrays

SMALLEST = 8
"""The minimum number of rows of the deepest layer's features."""

FEATURE_TOLERANCE = 1e-4
"""Relative difference allowed between two ways of computing the same features in float32."""

SAMPLED_LAYERS = 3
"""Number of layers in checks that need gradients, including the first and the last."""


class LossTrial:
    """A loss with the features of an image and of a second image for the target."""

    def __init__(self, loss: Loss) -> None:
        self.loss = loss
        self.name = type(loss).__name__
        self.actual = random_features(loss, seed=0)
        self.reference = random_features(loss, seed=1)
        self._compiled = value_and_gradient(lambda *arrays: (self.tensor(*arrays), {}))

    @property
    def used_layers(self) -> list[str]:
        """The layers with a weight above 0."""
        return [layer for layer, weight in self.loss.layer_weights.items() if weight > 0]

    def gradient_at(self, layer: str) -> str:
        """The name of the gradient at a layer in messages."""
        return f"The gradient of {self.name} with respect to the features of layer {layer!r}"

    def tensor(self, actual: Any, reference: Any) -> Any:
        """The loss of nested tensors, cast to the features' dtype as in a run."""
        dtype = next(iter(actual.values())).dtype
        return ops.cast(self.loss(actual, self.targets(reference, actual)), dtype)

    def targets(self, reference: Any, actual: Any) -> Mapping[str, Any]:
        """The targets, if any, of an epoch that starts with the features `actual`."""
        if self.loss.target is None:
            return {}
        targets = self.loss.represent_layers(reference)
        if type(self.loss).prepare is Loss.prepare:
            return targets
        fixed = keras.tree.map_structure(ops.stop_gradient, actual)
        statistics = self.loss.represent_layers(fixed)
        return self.loss.prepare(targets, statistics, statistics)

    def value(self, actual: Arrays, reference: Arrays) -> float:
        """The loss, computed eagerly."""
        return float(ops.convert_to_numpy(self.tensor(tensors(actual), tensors(reference))))

    def evaluate(self, actual: Arrays, reference: Arrays) -> tuple[float, Arrays]:
        """The loss and its gradient with respect to the features, compiled as in a run."""
        value, _, gradient = self._compiled(actual, reference)
        arrays = {layer: np.asarray(ops.convert_to_numpy(gradient[layer])) for layer in gradient}
        return float(value), arrays


class ExtractorTrial:
    """An extractor with the layers to check, and an image `(1, height, width, 3)` of odd sides."""

    def __init__(self, extractor: FeatureExtractor, layers: Sequence[str]) -> None:
        self.extractor = extractor
        self.layers = tuple(layers)
        self.name = type(extractor).__name__
        side = max(32, extractor.minimum_size(self.layers))
        self.image = self.random_image(side + 3, side + 9)
        self._compiled = {
            layer: value_and_gradient(partial(self._weighted_sum, layer)) for layer in self.layers
        }

    @property
    def sampled_layers(self) -> list[str]:
        """Some of the layers, including the first and the last."""
        indices = np.linspace(0, len(self.layers) - 1, min(SAMPLED_LAYERS, len(self.layers)))
        return [self.layers[index] for index in indices.round().astype(int)]

    def gradient_at(self, layer: str) -> str:
        """The name of the gradient at a layer in messages."""
        return f"The gradient of {self.name} at layer {layer!r} with respect to the image"

    def random_image(self, height: int, width: int) -> np.ndarray:
        """An image `(1, height, width, 3)`, float32, from 0 to 255; the same every time."""
        generator = np.random.default_rng(0)
        return random_image(height, width, generator).astype(np.float32)

    def features(self, image: np.ndarray, layers: Sequence[str]) -> Arrays:
        """The features of some layers, computed eagerly."""
        features = self.extractor(ops.convert_to_tensor(image), layers)
        return {layer: np.asarray(ops.convert_to_numpy(array)) for layer, array in features.items()}

    def evaluate(
        self, layer: str, image: np.ndarray, weights: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """A weighted sum of one layer's features and its gradient, compiled."""
        value, _, gradient = self._compiled[layer](image, weights)
        return float(value), np.asarray(ops.convert_to_numpy(gradient))

    def random_weights(self, layer: str) -> np.ndarray:
        """Random weights with the shape of the image's features at a layer."""
        shape = self.features(self.image, [layer])[layer].shape
        signs = np.random.default_rng(1).choice([-1.0, 1.0], shape)
        return (signs / np.sqrt(signs.size)).astype(np.float32)

    def _weighted_sum(self, layer: str, image: Any, weights: Any) -> tuple[Any, dict[str, Any]]:
        return ops.sum(self.extractor(image, [layer])[layer] * weights), {}


def tensors(arrays: Arrays) -> Any:
    """The arrays as tensors of the backend."""
    return keras.tree.map_structure(ops.convert_to_tensor, arrays)


def random_features(loss: Loss, seed: int, other_size: bool = False) -> Arrays:
    """Features `(1, height, width, channels)` of all layers of a loss, and the image.

    Each layer is half as high and wide as the previous one, but several times the loss's window.
    Features are like those after a ReLU, but with small numbers instead of zeros, because ties
    would cause kinks in losses that sort.
    """
    height = max(32, 8 * -(-loss.window // 2))
    width = height + 8
    if other_size:
        height, width = height + 16, height
    generator = np.random.default_rng(seed)
    features = {IMAGE: random_image(height, width, generator)}
    for index, layer in enumerate(layer for layer in loss.layers if layer != IMAGE):
        if index > 0 and min(height, width) // 2 >= max(SMALLEST, 2 * loss.window):
            height, width = height // 2, width // 2
        shape = 1, height, width, 8 + 2 * min(index, 4)
        values = np.maximum(generator.normal(0.3, 1.0, shape), 0)
        features[layer] = values + generator.uniform(0.02, 0.1, shape)
    return {layer: array.astype(DTYPE) for layer, array in features.items()}


def random_image(height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """Patches of color with noise, `(1, height, width, 3)`, float64, from 0 to 255."""
    patches = generator.uniform(50, 205, (height // 8 + 1, width // 8 + 1, 3))
    image = patches.repeat(8, 0).repeat(8, 1)[:height, :width]
    return (image + generator.uniform(-30, 30, image.shape))[None]
