"""Features of an image, itself included, as losses take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .extractors.base import FeatureExtractor
from .losses.base import IMAGE


def compute_features(
    extractor: FeatureExtractor, image: Any, layers: Iterable[str], compute_dtype: str | None
) -> dict[str, Any]:
    """One pass of the network for all layers; none if only the image itself is asked for.

    Args:
        extractor: The network.
        image: Tensor `(1, height, width, 3)`, RGB, 0 to 255.
        layers: Names of the network's layers, or `"image"` for the image itself.
        compute_dtype: Type of number in the network; `None`: the image's.

    Returns:
        `{layer: features (1, height, width, channels)}`, and the image under `"image"`.
    """
    network_layers = [layer for layer in layers if layer != IMAGE]
    features = {}
    if network_layers:
        features.update(extractor(image, network_layers, compute_dtype))
    features[IMAGE] = image
    return features
