"""A small network whose layers have the names that a loss asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from ..extractors.base import FeatureExtractor, ReceptiveField

CHANNELS = 8
POOLINGS = 2


class SmallNetwork(FeatureExtractor):
    """A convolution with random kernels for each layer, and a pooling before two of them.

    Args:
        layer_names: The layers' names, from the first to the last.
    """

    def __init__(self, layer_names: Sequence[str]) -> None:
        self.layer_names = tuple(layer_names)
        generator = np.random.default_rng(0)
        self._kernels = []
        inputs = 3
        for _ in self.layer_names:
            spread = np.sqrt(2 / (9 * inputs))
            self._kernels.append(generator.normal(0, spread, (3, 3, inputs, CHANNELS)))
            inputs = CHANNELS

    def preprocess(self, image: Any) -> Any:
        """From 0 to 255 to -1 to 1."""
        return image / 127.5 - 1

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Runs all of the network."""
        features = {}
        for index, (name, kernel) in enumerate(zip(self.layer_names, self._kernels, strict=True)):
            if _is_pooled(index):
                image = ops.average_pool(image, 2, strides=2, data_format="channels_last")
            kernel = ops.cast(kernel, image.dtype)
            image = ops.conv(image, kernel, padding="same", data_format="channels_last")
            image = ops.relu(image)
            features[name] = image
        return {layer: features[layer] for layer in layers}

    def receptive_field(self, layer: str) -> ReceptiveField:
        """Each convolution looks one position further."""
        stride, halo = 1, 0
        for index in range(self.layer_names.index(layer) + 1):
            stride *= 2 if _is_pooled(index) else 1
            halo += stride
        return ReceptiveField(stride, halo)


def _is_pooled(index: int) -> bool:
    return 1 <= index <= POOLINGS
