"""Losses and networks on random features and images, for all checks to work with."""

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
from .slopes import Arrays

SMALLEST = 8
"""The smallest number of rows of the deepest layer's features."""

FEATURE_TOLERANCE = 1e-4
"""Relative difference between two ways of computing the same features in float32."""

SAMPLED_LAYERS = 3
"""How many layers are checked where each needs gradients, including the first and the last."""


class LossTrial:
    """A loss with features of an image, and of a second one that gives the target.

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
        """Whether statistics come from several layers at once instead of from each on its own."""
        return type(self.loss).represent_layers is not Loss.represent_layers

    def gradient_at(self, layer: str) -> str:
        """What messages call the gradient at a layer."""
        return f"The gradient of {self.name} with respect to the features of layer {layer!r}"

    def tensor(self, actual: Any, reference: Any) -> Any:
        """The loss of nests of tensors, as it is returned."""
        return self.loss(actual, self.targets(reference, actual))

    def targets(self, reference: Any, actual: Any) -> Mapping[str, Any]:
        """The targets that a run would compute at the beginning of an epoch, as if from `actual`.

        They are empty if the loss has no target.
        """
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


def tensors(arrays: Arrays) -> Any:
    """The arrays as the backend's tensors."""
    return keras.tree.map_structure(ops.convert_to_tensor, arrays)


class ExtractorTrial:
    """An extractor with the layers to check, and an image with odd sides.

    Args:
        extractor: The extractor.
        layers: Names of layers.
    """

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
        """What messages call the gradient at a layer."""
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
        """Weights for the features that the image has at a layer."""
        shape = self.features(self.image, [layer])[layer].shape
        signs = np.random.default_rng(1).choice([-1.0, 1.0], shape)
        return (signs / np.sqrt(signs.size)).astype(np.float32)

    def _weighted_sum(self, layer: str, image: Any, weights: Any) -> tuple[Any, dict[str, Any]]:
        return ops.sum(self.extractor(image, [layer])[layer] * weights), {}


def feature_shapes(loss: Loss, other_size: bool = False) -> dict[str, tuple[int, int, int]]:
    """Height, width and channels of each layer, each half as high and wide as the one before.

    The image itself is always among the features, and is as large as the first layer.

    Args:
        loss: The loss; the features have room for its window several times.
        other_size: Whether to use a different height and width.
    """
    height = max(32, 8 * -(-loss.window // 2))
    width = height + 8
    if other_size:
        height, width = height + 16, height
    shapes = {IMAGE: (height, width, 3)}
    smallest = max(SMALLEST, 2 * loss.window)
    for index, layer in enumerate(layer for layer in loss.layers if layer != IMAGE):
        if index > 0 and min(height, width) // 2 >= smallest:
            height, width = height // 2, width // 2
        shapes[layer] = height, width, 8 + 2 * min(index, 4)
    return shapes


def random_features(loss: Loss, seed: int, other_size: bool = False) -> Arrays:
    """Features of all layers of a loss, float64.

    Args:
        loss: The loss.
        seed: Seed of the random numbers.
        other_size: Whether to use a different height and width.

    Returns:
        `{layer: array (1, height, width, channels)}`: the image from 0 to 255, everything else as
        after a ReLU, but with small numbers in place of zeros, because ties would be kinks for
        losses that sort.
    """
    generator = np.random.default_rng(seed)
    features = {}
    for layer, shape in feature_shapes(loss, other_size).items():
        if layer == IMAGE:
            features[layer] = random_image(shape[0], shape[1], generator)
        else:
            values = np.maximum(generator.normal(0.3, 1.0, (1, *shape)), 0)
            features[layer] = values + generator.uniform(0.02, 0.1, (1, *shape))
    return features


def random_image(height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """Patches of colour with noise, `(1, height, width, 3)`, float64, from 0 to 255."""
    patches = generator.uniform(50, 205, (height // 8 + 1, width // 8 + 1, 3))
    image = patches.repeat(8, 0).repeat(8, 1)[:height, :width]
    return (image + generator.uniform(-30, 30, image.shape))[None]


def shuffled(features: Arrays, seed: int) -> Arrays:
    """The same features with each layer's positions in another order."""
    generator = np.random.default_rng(seed)
    result = {}
    for layer, array in features.items():
        positions = array.reshape(-1, array.shape[-1])
        result[layer] = generator.permutation(positions).reshape(array.shape)
    return result


def quarter(features: Arrays) -> Arrays:
    """The first half of the rows and of the columns."""
    return {
        layer: array[:, : array.shape[1] // 2, : array.shape[2] // 2]
        for layer, array in features.items()
    }


def doubled(features: Arrays) -> Arrays:
    """Twice the height and width: every position four times, with the same neighbours."""
    return {layer: np.tile(array, (1, 2, 2, 1)) for layer, array in features.items()}


def flat(features: Arrays, value: float, pixel: float) -> Arrays:
    """Constant features of the same shapes, and an image of a single colour."""
    return {
        layer: np.full_like(array, pixel if layer == IMAGE else value)
        for layer, array in features.items()
    }


def with_a_dead_channel(features: Arrays) -> Arrays:
    """The same features, except that each layer's first channel is 0."""
    result = {layer: array.copy() for layer, array in features.items()}
    for array in result.values():
        array[..., 0] = 0
    return result


def in_float32(features: Arrays) -> Arrays:
    """The same numbers in float32, as in a run."""
    return {layer: array.astype(np.float32) for layer, array in features.items()}
