"""VGG16, the network of the style transfer papers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from ..checks import check_integer
from ..defaults import POOLING
from .base import FeatureExtractor, ReceptiveField
from .vgg16_weights import CONVOLUTIONS, load_weights

IMAGENET_MEAN = (123.68, 116.779, 103.939)
"""Mean of red, green and blue over ImageNet, which VGG16 was trained without."""

MARGIN = 16
"""Pixels by which the image is mirrored beyond its border."""


def _layer_names() -> tuple[str, ...]:
    names: list[str] = []
    for name, _ in CONVOLUTIONS:
        block = name.partition("_")[0]
        if names and not names[-1].startswith(block):
            names.append(names[-1].partition("_")[0] + "_pool")
        names.append(name)
    return (*names, "block5_pool")


class VGG16FeatureExtractor(FeatureExtractor):
    """The 13 convolutions and 5 poolings of VGG16, trained on ImageNet.

    Its layers have Keras's names, `block1_conv1` to `block5_pool`; the features of a convolution
    are taken after its ReLU. The network is run no further than the deepest layer asked for.
    The image is continued beyond its border by a margin of its mirror image, which the features do
    not cover. So features near the border differ from Keras's, for which all is zero out there:
    results would have a seam of a few pixels along their border.

    Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
    recognition", ICLR 2015, configuration D.

    Example:
    ```python
    extractor = VGG16FeatureExtractor(pooling="max")
    features = extractor(image, ["block1_conv1", "block4_conv2"])
    ```

    Args:
        weights: `"bundled"`: the weights in this package, 8 bits with a scale for each output
            channel. `"imagenet"`: full precision, downloaded once into Keras's cache. A path:
            a Keras `.h5` or `.weights.h5` file of VGG16 without its top. `None`: random numbers.
        pooling: `"avg"`, which gives smoother pictures with fewer specks of colour (Gatys et al.
            found it slightly more appealing, too), or `"max"`, as the network was trained. The
            losses' default weights are made for `"avg"`.
        seed: Seed of the random numbers for `weights=None`.

    Raises:
        ValueError: If an argument is invalid or the file is not one of VGG16.
        FileNotFoundError: If there is no file of that name.
        ConnectionError: If `"imagenet"` cannot be downloaded.
    """

    layer_names = _layer_names()

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
        weights_as_loaded = load_weights(self.weights, self.seed)
        self._weights = {
            "float32": {
                name: (ops.convert_to_tensor(kernel), ops.convert_to_tensor(bias))
                for name, (kernel, bias) in weights_as_loaded.items()
            }
        }

    def preprocess(self, image: Any) -> Any:
        """RGB from 0 to 255 to BGR without ImageNet's mean (Keras's "caffe" mode)."""
        mean = ops.convert_to_tensor(IMAGENET_MEAN, dtype=image.dtype)
        return ops.flip(image - mean, axis=-1)

    def prepare(self, dtype: str) -> None:
        """Converts the weights once and not in every evaluation."""
        self._weights[dtype] = self._weights_in(dtype)

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Runs the network up to the deepest of the layers."""
        weights = self._weights_in(keras.backend.standardize_dtype(image.dtype))
        height, width = image.shape[1:3]
        margins = [[0, 0], [MARGIN, MARGIN], [MARGIN, MARGIN], [0, 0]]
        image = ops.pad(image, margins, mode="symmetric")
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
            first = MARGIN // stride
            features[name] = image[
                :, first : first + height // stride, first : first + width // stride
            ]
        return {layer: features[layer] for layer in layers}

    def minimum_size(self, layers: Sequence[str]) -> int:
        """Each pooling halves height and width; the margin is a mirror image of the inside."""
        names = self.layer_names[: self._deepest(layers) + 1]
        return max(MARGIN, 2 ** sum(name.endswith("_pool") for name in names))

    def receptive_field(self, layer: str) -> ReceptiveField:
        """Each convolution looks one position further, each pooling doubles the stride."""
        self.check_layers([layer])
        stride, halo = 1, 0
        for name in self.layer_names[: self._deepest([layer]) + 1]:
            if name.endswith("_pool"):
                stride *= 2
            else:
                halo += stride
        # A pooling window that the margin ends in begins before the rows that it belongs to.
        return ReceptiveField(stride, halo + MARGIN % stride)

    def values_per_pixel(self, layers: Sequence[str]) -> float:
        """The outputs of all convolutions, before and after their ReLU, and of the poolings."""
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
        """The constructor's arguments."""
        return {"weights": self.weights, "pooling": self.pooling, "seed": self.seed}

    def _weights_in(self, dtype: str) -> dict[str, tuple[Any, Any]]:
        if dtype in self._weights:
            return self._weights[dtype]
        return {
            name: (ops.cast(kernel, dtype), ops.cast(bias, dtype))
            for name, (kernel, bias) in self._weights["float32"].items()
        }

    def _deepest(self, layers: Sequence[str]) -> int:
        return max(self.layer_names.index(layer) for layer in layers)
