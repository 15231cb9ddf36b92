"""Features with lower peaks, for networks with residual connections."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import keras
from keras import ops

from .base import FeatureExtractor, ReceptiveField


@keras.saving.register_keras_serializable("nst_framework")
class SoftmaxSmoothing(FeatureExtractor):
    r"""Applies a softmax to another extractor's features.

    The residual connections of a network such as ResNet cause a few large peaks in the features,
    which dominate the Gram matrices; a softmax lowers them. It is taken over the channels of each
    position, so that features of images of different sizes, and of tiles, are comparable:

    $$ \sigma(F)_{ik} = C \frac{\exp F_{ik}}{\sum_{j=1}^C \exp F_{jk}} $$

    for channel $i$ of $C$ at position $k$. The factor $C$ gives the features of every layer a mean
    of 1, so that the scale of a loss does not depend on the number of channels.

    Source: Wang, Li and Vasconcelos, "Rethinking and improving the robustness of image style
    transfer", CVPR 2021 (SWAG). Their published code includes the softmax over channels as one of
    several variants, and notes that smoothing only the deeper layers sometimes gives the best
    results.

    Example:
    ```python
    extractor = SoftmaxSmoothing(resnet, layers=["conv4_block6_out", "conv5_block3_out"])
    ```

    Args:
        extractor: The other extractor.
        layers: Names of the layers to smooth; the others stay unchanged. By default all are
            smoothed.

    Raises:
        ValueError: If `extractor` is not a `FeatureExtractor` or lacks one of the layers.
    """

    def __init__(self, extractor: FeatureExtractor, layers: Collection[str] | None = None) -> None:
        if not isinstance(extractor, FeatureExtractor):
            raise ValueError(
                "Invalid value for argument `extractor`. Expected a FeatureExtractor. Received: "
                f"extractor={extractor!r}. Wrap a Keras model in KerasFeatureExtractor(model)."
            )
        if isinstance(layers, str):
            raise ValueError(
                "Invalid value for argument `layers`. Expected a sequence of layer names. "
                f"Received: layers={layers!r}. Write layers=[{layers!r}]."
            )
        self.extractor = extractor
        self.layer_names = extractor.layer_names
        self.layers = self.layer_names if layers is None else tuple(layers)
        extractor.check_layers(self.layers)

    def preprocess(self, image: Any) -> Any:
        """Preprocesses the image as the other extractor does."""
        return self.extractor.preprocess(image)

    def prepare(self, dtype: str) -> None:
        """Converts the other extractor's weights."""
        self.extractor.prepare(dtype)

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Runs the other extractor and smooths its features."""
        features = self.extractor.call(image, layers)
        return {
            layer: _smooth(features[layer]) if layer in self.layers else features[layer]
            for layer in layers
        }

    def minimum_size(self, layers: Sequence[str]) -> int:
        """Returns the other extractor's minimum size."""
        return self.extractor.minimum_size(layers)

    def receptive_field(self, layer: str) -> ReceptiveField | None:
        """Returns the other extractor's, because each position is smoothed on its own."""
        return self.extractor.receptive_field(layer)

    def values_per_pixel(self, layers: Sequence[str]) -> float:
        """Returns the other extractor's estimate, to which smoothing adds little."""
        return self.extractor.values_per_pixel(layers)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, with the other extractor serialized by Keras."""
        return {
            "extractor": keras.saving.serialize_keras_object(self.extractor),
            "layers": list(self.layers),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FeatureExtractor:
        """Makes an extractor from a configuration returned by `get_config`.

        Raises:
            TypeError: If the other extractor's class is not part of this package and has not been
                registered with `keras.saving.register_keras_serializable`.
            NotImplementedError: If the other extractor cannot be made from its configuration.
        """
        # Keras only finds imported classes, and a new process may not have imported these.
        from . import keras_model, random_filters, vgg16, vgg19  # noqa: F401

        extractor = keras.saving.deserialize_keras_object(config["extractor"])
        return cls(extractor, config["layers"])


def _smooth(features: Any) -> Any:
    # In 16 bits, the exponentials would lose the differences between positions.
    features = ops.cast(features, "float32")
    return features.shape[-1] * ops.softmax(features, axis=-1)
