"""Features without peaks, for networks with residual connections."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from keras import ops

from .base import FeatureExtractor, ReceptiveField


class SoftmaxSmoothing(FeatureExtractor):
    r"""Another extractor's features, passed through a softmax before the losses see them.

    The residual connections of a network such as ResNet make features with a few large peaks, which
    dominate the Gram matrices; a softmax lowers them. Here it is taken over the channels of each
    position, so that the features mean the same in images of different sizes and in tiles:

    $$ \sigma(F)_{ik} = C \frac{\exp F_{ik}}{\sum_{j=1}^C \exp F_{jk}} $$

    for channel $i$ of $C$ at position $k$. The factor $C$ gives the features a mean of 1, whatever
    the layer, and so losses of a size that does not depend on the number of channels.

    Source: Wang, Li and Vasconcelos, "Rethinking and improving the robustness of image style
    transfer", CVPR 2021 (SWAG). Their published code has the softmax over channels, too, as one of
    several variants, and notes that the best results sometimes come from smoothing only the deeper
    layers.

    Example:
    ```python
    extractor = SoftmaxSmoothing(resnet, layers=["conv4_block6_out", "conv5_block3_out"])
    ```

    Args:
        extractor: The network.
        layers: Names of the layers that are smoothed; the others stay as they are. By default all
            are smoothed.

    Raises:
        ValueError: If `extractor` is none or has no layer of that name.
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
        """As the other extractor does."""
        return self.extractor.preprocess(image)

    def prepare(self, dtype: str) -> None:
        """As the other extractor does."""
        self.extractor.prepare(dtype)

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Runs the other extractor and smooths what it returns."""
        features = self.extractor.call(image, layers)
        return {
            layer: _smooth(features[layer]) if layer in self.layers else features[layer]
            for layer in layers
        }

    def minimum_size(self, layers: Sequence[str]) -> int:
        """That of the other extractor."""
        return self.extractor.minimum_size(layers)

    def receptive_field(self, layer: str) -> ReceptiveField | None:
        """That of the other extractor: each position is smoothed by itself."""
        return self.extractor.receptive_field(layer)

    def values_per_pixel(self, layers: Sequence[str]) -> float:
        """Those of the other extractor; the smoothed features are few beside them."""
        return self.extractor.values_per_pixel(layers)

    def get_config(self) -> dict[str, Any]:
        """What a checkpoint knows the extractor by."""
        return {
            "extractor": type(self.extractor).__qualname__,
            "config": self.extractor.get_config(),
            "layers": list(self.layers),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FeatureExtractor:
        """Not possible: the configuration has the name of the other extractor's class alone.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            f"Expected an extractor to make a {cls.__name__} from. Received: a configuration, "
            "which has only the name of its class. Make the extractor, then call "
            f"{cls.__name__}(extractor, layers)."
        )


def _smooth(features: Any) -> Any:
    # Exponentials of features in a shorter type would lose what tells positions apart.
    features = ops.cast(features, "float32")
    return features.shape[-1] * ops.softmax(features, axis=-1)
