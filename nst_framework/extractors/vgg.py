"""The common base of VGG16 and VGG19: 3 x 3 convolutions and pooling layers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar

import keras
from keras import ops

from ..checks import check_integer
from ..defaults import POOLING
from .base import FeatureExtractor, ReceptiveField
from .margin import crop, mirror
from .vgg_weights import Architecture, load_weights

IMAGENET_MEAN = (123.68, 116.779, 103.939)
"""Mean of red, green and blue over ImageNet, which was subtracted when these networks were
trained."""

MARGIN = 16
"""Width, in pixels, of the mirrored margin around the image."""


class VGGFeatureExtractor(FeatureExtractor):
    """A VGG network; a subclass declares its architecture and layers, and documents arguments."""

    architecture: ClassVar[Architecture]

    def __init__(
        self,
        weights: str | os.PathLike[str] | None = "bundled",
        pooling: str = POOLING,
        seed: int = 0,
    ) -> None:
        if pooling not in ("max", "avg"):
            raise ValueError(
                "Invalid value for argument `pooling`. Expected 'max' or 'avg'. "
                f"Received: pooling={pooling!r}."
            )
        self.weights = None if weights is None else os.fspath(weights)
        self.pooling = pooling
        self.seed = check_integer("seed", seed, minimum=0)
        weights_as_loaded = load_weights(self.architecture, self.weights, self.seed)
        self._weights = {
            "float32": {
                name: (ops.convert_to_tensor(kernel), ops.convert_to_tensor(bias))
                for name, (kernel, bias) in weights_as_loaded.items()
            }
        }

    def preprocess(self, image: Any) -> Any:
        """Converts RGB from 0 to 255 to BGR minus ImageNet's mean (Keras's "caffe" mode)."""
        mean = ops.convert_to_tensor(IMAGENET_MEAN, dtype=image.dtype)
        return ops.flip(image - mean, axis=-1)

    def prepare(self, dtype: str) -> None:
        """Converts the weights once instead of in every evaluation."""
        self._weights[dtype] = self._weights_in(dtype)

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Runs the network up to the deepest of the layers."""
        weights = self._weights_in(keras.backend.standardize_dtype(image.dtype))
        height, width = image.shape[1:3]
        image = mirror(image, MARGIN)
        stride = 1
        features = {}
        for name in self.layer_names[: self._deepest(layers) + 1]:
            if name.endswith("_pool"):
                pool = ops.max_pool if self.pooling == "max" else ops.average_pool
                image = pool(image, 2, strides=2, data_format="channels_last")
                stride *= 2
            else:
                kernel, bias = weights[name]
                image = ops.conv(image, kernel, padding="same", data_format="channels_last")
                image = ops.relu(image + bias)
            if name in layers:
                features[name] = crop(image, MARGIN // stride, height // stride, width // stride)
        return {layer: features[layer] for layer in layers}

    def minimum_size(self, layers: Sequence[str]) -> int:
        """Returns the size at which every layer has a feature, at least the margin's width."""
        names = self.layer_names[: self._deepest(layers) + 1]
        return max(MARGIN, 2 ** sum(name.endswith("_pool") for name in names)) if names else 1

    def receptive_field(self, layer: str) -> ReceptiveField:
        """Returns the stride, doubled by each pooling layer, and the halo of the convolutions."""
        self.check_layers([layer])
        stride, halo = 1, 0
        for name in self.layer_names[: self._deepest([layer]) + 1]:
            if name.endswith("_pool"):
                stride *= 2
            else:
                halo += stride
        # A pooling window that straddles the margin's edge begins before the rows it belongs to.
        return ReceptiveField(stride, halo + MARGIN % stride)

    def values_per_pixel(self, layers: Sequence[str]) -> float:
        """Counts the outputs of the convolutions, before and after ReLU, and pooling layers."""
        values, stride = 0.0, 1
        channels = 0
        for name in self.layer_names[: self._deepest(layers) + 1]:
            if name.endswith("_pool"):
                stride *= 2
                values += channels / stride**2
            else:
                channels = self._weights["float32"][name][1].shape[0]
                values += 2 * channels / stride**2
        return values

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"weights": self.weights, "pooling": self.pooling, "seed": self.seed}

    def _weights_in(self, dtype: str) -> dict[str, tuple[Any, Any]]:
        if dtype in self._weights:
            return self._weights[dtype]
        return {
            name: (ops.cast(kernel, dtype), ops.cast(bias, dtype))
            for name, (kernel, bias) in self._weights["float32"].items()
        }

    def _deepest(self, layers: Sequence[str]) -> int:
        return max((self.layer_names.index(layer) for layer in layers), default=-1)
