"""One layer of random, untrained filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from ..checks import check_integer
from .base import FeatureExtractor, ReceptiveField
from .layer_names import FILTER_SIZES, filter_names
from .margin import mirror

GRAY = 127.5
"""Subtracted from the image, so that the filters see values of both signs."""


@keras.saving.register_keras_serializable("nst_framework")
class RandomFeatureExtractor(FeatureExtractor):
    """Random, untrained filters of several sizes, each followed by a ReLU.

    The Gram matrices of such features suffice to synthesize textures. A layer is named after its
    size: `filters_3` contains the filters of 3 x 3 pixels. The image is mirrored beyond its border.

    The paper uses 128 filters of each size, and also the sizes 37 and 55, which capture larger
    structures. The cost is proportional to the number of filters and to the square of their size.
    With the defaults, an evaluation takes less time than one of VGG16 up to `block5_conv1`; with
    the paper's eight sizes it takes four times as long as VGG16 (32 filters each, on a CPU). The
    paper's Gram matrix relates filters of all sizes to one another; with `StyleLoss` each size has
    its own Gram matrix.

    Source: Ustyuzhaninov, Brendel, Gatys and Bethge, "What does it take to generate natural
    textures?", ICLR 2017.

    Example:
    ```python
    extractor = RandomFeatureExtractor(filters=128, sizes=(3, 5, 7, 11, 15, 23, 37, 55))
    trainer = Trainer(extractor)
    trainer.compile([StyleLoss(extractor.layer_names)])
    ```

    Args:
        filters: The number of filters of each size.
        sizes: Heights and widths of the filters in pixels: distinct odd numbers.
        seed: Seed of the random numbers. They are uniform around zero, with He's variance, which
            gives the features of all layers the same scale.

    Raises:
        ValueError: If an argument is invalid.
    """

    def __init__(
        self, filters: int = 32, sizes: Sequence[int] = FILTER_SIZES, seed: int = 0
    ) -> None:
        self.filters = check_integer("filters", filters, minimum=1)
        self.sizes = tuple(check_integer("sizes", size, minimum=1) for size in sizes)
        if not self.sizes or len(set(self.sizes)) < len(self.sizes):
            raise ValueError(
                "Invalid value for argument `sizes`. Expected one or more distinct sizes. "
                f"Received: sizes={sizes!r}."
            )
        if any(size % 2 == 0 for size in self.sizes):
            raise ValueError(
                "Invalid value for argument `sizes`. Expected odd numbers, so that a filter has a "
                f"center pixel. Received: sizes={sizes!r}."
            )
        self.seed = check_integer("seed", seed, minimum=0)
        self.layer_names = filter_names(self.sizes)
        self._kernels = {"float32": self._random_kernels()}

    def preprocess(self, image: Any) -> Any:
        """Maps the range 0 to 255 to the range -1 to 1."""
        return (image - GRAY) / GRAY

    def prepare(self, dtype: str) -> None:
        """Converts the filters once instead of in every evaluation."""
        self._kernels[dtype] = self._kernels_in(dtype)

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Applies the filters of the requested layers."""
        kernels = self._kernels_in(keras.backend.standardize_dtype(image.dtype))
        features = {}
        for layer in layers:
            mirrored = mirror(image, self.receptive_field(layer).halo)
            features[layer] = ops.relu(
                ops.conv(mirrored, kernels[layer], padding="valid", data_format="channels_last")
            )
        return features

    def minimum_size(self, layers: Sequence[str]) -> int:
        """Returns the largest margin, because it mirrors that many pixels of the image."""
        return max([1, *(self.receptive_field(layer).halo for layer in layers)])

    def receptive_field(self, layer: str) -> ReceptiveField:
        """Returns half a filter's size as its halo: three pixels for a filter of 7."""
        self.check_layers([layer])
        return ReceptiveField(stride=1, halo=self.sizes[self.layer_names.index(layer)] // 2)

    def values_per_pixel(self, layers: Sequence[str]) -> float:
        """Counts the features before and after ReLU."""
        return 2.0 * self.filters * len(layers)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"filters": self.filters, "sizes": list(self.sizes), "seed": self.seed}

    def _random_kernels(self) -> dict[str, Any]:
        kernels = {}
        for layer, size in zip(self.layer_names, self.sizes, strict=True):
            # The filters of one size do not depend on the other sizes.
            generator = np.random.default_rng([self.seed, size])
            limit = np.sqrt(6 / (3 * size**2))
            kernel = generator.uniform(-limit, limit, (size, size, 3, self.filters))
            kernels[layer] = ops.convert_to_tensor(kernel.astype(np.float32))
        return kernels

    def _kernels_in(self, dtype: str) -> dict[str, Any]:
        if dtype in self._kernels:
            return self._kernels[dtype]
        kernels = self._kernels["float32"].items()
        return {layer: ops.cast(kernel, dtype) for layer, kernel in kernels}
