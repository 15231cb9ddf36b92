"""The abstract feature extractor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras import ops

from ..checks import did_you_mean


@dataclass(frozen=True)
class ReceptiveField:
    """The pixels that a layer's features depend on.

    Attributes:
        stride: Pixels from one feature to the next. The feature in row `i` belongs to the image's
            rows `i * stride` to `(i + 1) * stride - 1`, and the features have
            `height // stride` rows.
        halo: Maximum number of pixels beyond those, on each side, that the feature depends on.
    """

    stride: int
    halo: int


class FeatureExtractor(ABC):
    """Turns an image into the features of named layers.

    A subclass names its layers in `layer_names` and implements `call`. The input is an RGB image
    from 0 to 255. If the network expects another channel order or range, override `preprocess`,
    which is differentiated along with the network.

    Example:
    ```python
    class FirstDifferences(FeatureExtractor):
        layer_names = ("horizontal", "vertical")

        def call(self, image, layers):
            features = {
                "horizontal": image[:, :, 1:] - image[:, :, :-1],
                "vertical": image[:, 1:] - image[:, :-1],
            }
            return {layer: features[layer] for layer in layers}
    ```
    """

    layer_names: tuple[str, ...] = ()

    def preprocess(self, image: Any) -> Any:
        """Converts RGB from 0 to 255 to the network's input; it must be differentiable.

        Args:
            image: Tensor `(1, height, width, 3)`, RGB, 0 to 255.

        Returns:
            The network's input; by default the image itself.
        """
        return image

    @abstractmethod
    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Computes features; a subclass implements it.

        Args:
            image: The result of `preprocess`, possibly cast to a 16-bit dtype.
            layers: Names of layers, each from `layer_names`. The network need not be run beyond the
                deepest of them.

        Returns:
            `{layer: features (1, height, width, channels)}`, with one entry for each of `layers`.
        """

    def minimum_size(self, layers: Sequence[str]) -> int:
        """Returns the smallest height and width, in pixels, at which every layer has features."""
        return 1

    def receptive_field(self, layer: str) -> ReceptiveField | None:
        """Returns the pixels that a layer's features depend on, for evaluation in tiles.

        The features of a crop, cut at multiples of the stride, must equal those of the whole image
        wherever the crop includes the halo around them.

        Args:
            layer: A layer's name.

        Returns:
            The layer's stride and halo; `None`, the default, if the extractor cannot be run on
            crops.
        """
        return None

    def prepare(self, dtype: str) -> None:
        """Converts weights to a dtype once, before the extractor is run in it.

        Args:
            dtype: Name of the dtype, such as `"bfloat16"`.
        """
        return None

    def values_per_pixel(self, layers: Sequence[str]) -> float:
        """Estimates how many numbers per pixel are kept until the gradient is computed.

        Memory is estimated from it. The default is VGG16's, which exceeds that of most networks.
        """
        return 600.0

    def __call__(
        self, image: Any, layers: Sequence[str], compute_dtype: str | None = None
    ) -> dict[str, Any]:
        """Preprocesses the image and computes the features of the layers.

        Args:
            image: Tensor `(1, height, width, 3)`, RGB, 0 to 255.
            layers: Names of layers, each from `layer_names`.
            compute_dtype: Dtype to which the preprocessed image is cast, such as `"bfloat16"`; by
                default it keeps the image's dtype.

        Returns:
            `{layer: features (1, height, width, channels)}`, in the image's dtype.

        Raises:
            ValueError: If a layer's name is unknown.
        """
        self.check_layers(layers)
        inputs = self.preprocess(image)
        if compute_dtype is not None:
            inputs = ops.cast(inputs, compute_dtype)
        features = self.call(inputs, layers)
        return {layer: ops.cast(features[layer], image.dtype) for layer in layers}

    def check_layers(self, layers: Sequence[str]) -> None:
        """Raises a `ValueError` that lists the known names if a layer's name is unknown."""
        for layer in layers:
            if layer not in self.layer_names:
                hint = did_you_mean(layer, self.layer_names)
                raise ValueError(
                    f"Unknown layer {layer!r} for {type(self).__name__}.{hint} "
                    f"Expected one of: {', '.join(self.layer_names)}."
                )

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, for `from_config` to make an equal extractor."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FeatureExtractor:
        """Makes an extractor from a configuration returned by `get_config`."""
        return cls(**config)
