"""An extractor on random images: what the checks have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from keras import ops

from ..backend import value_and_gradient
from ..extractors.base import FeatureExtractor
from .samples import random_image
from .slopes import Arrays

SAMPLED_LAYERS = 3
"""How many layers are checked where each costs gradients; from the first to the last."""


class ExtractorTrial:
    """An extractor with the layers to check and an image, neither of whose sides is even.

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
        """Some of the layers, the first and the last among them."""
        indices = np.linspace(0, len(self.layers) - 1, min(SAMPLED_LAYERS, len(self.layers)))
        return [self.layers[index] for index in indices.round().astype(int)]

    def random_image(self, height: int, width: int) -> np.ndarray:
        """An image `(1, height, width, 3)`, float32, within 0 to 255; always the same."""
        generator = np.random.default_rng(0)
        return random_image(height, width, generator).astype(np.float32)

    def features(self, image: np.ndarray, layers: Sequence[str]) -> Arrays:
        """The features of some layers, computed eagerly."""
        features = self.extractor(ops.convert_to_tensor(image), layers)
        return {layer: np.asarray(ops.convert_to_numpy(array)) for layer, array in features.items()}

    def evaluate(
        self, layer: str, image: np.ndarray, weights: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """A weighted sum of one layer's features and its gradient by the image, compiled."""
        value, _, gradient = self._compiled[layer](image, weights)
        return float(value), np.asarray(ops.convert_to_numpy(gradient))

    def random_weights(self, layer: str) -> np.ndarray:
        """Weights for the features that the image has at a layer."""
        shape = self.features(self.image, [layer])[layer].shape
        signs = np.random.default_rng(1).choice([-1.0, 1.0], shape)
        return (signs / np.sqrt(signs.size)).astype(np.float32)

    def _weighted_sum(self, layer: str, image: Any, weights: Any) -> tuple[Any, dict[str, Any]]:
        return ops.sum(self.extractor(image, [layer])[layer] * weights), {}
