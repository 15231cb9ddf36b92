"""Computes an image's features, including the image itself, for the losses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np

from ..extractors.base import FeatureExtractor, ReceptiveField
from ..losses.base import IMAGE


def compute_features(
    extractor: FeatureExtractor, image: Any, layers: Iterable[str], compute_dtype: str | None
) -> dict[str, Any]:
    """Computes all layers in one network pass, or without one if only the image is needed.

    The image is a tensor `(1, height, width, 3)`, RGB, 0 to 255; the result is `{layer: features
    (1, height, width, channels)}`, with the image itself under `"image"`. `compute_dtype` is the
    dtype inside the network; `None`: the image's.
    """
    network_layers = [layer for layer in layers if layer != IMAGE]
    features = {}
    if network_layers:
        features.update(extractor(image, network_layers, compute_dtype))
    features[IMAGE] = image
    return features


def receptive_fields(
    extractor: FeatureExtractor, layers: Iterable[str], expected: str, alternative: str
) -> dict[str, ReceptiveField]:
    """The receptive field of each network layer.

    Raises:
        ValueError: If one is unknown; `expected` and `alternative` complete the message.
    """
    fields = {}
    for layer in layers:
        if layer == IMAGE:
            continue
        field = extractor.receptive_field(layer)
        if field is None:
            raise ValueError(
                f"Expected a network that {expected}. Received: {type(extractor).__name__}, whose "
                f"`receptive_field({layer!r})` is None. Implement that method, or {alternative}."
            )
        fields[layer] = field
    return fields


def layer_shapes(
    extractor: FeatureExtractor, image: np.ndarray, layers: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """The height and width of each layer's features, for an image `(1, height, width, 3)`.

    The network is run if it does not declare the strides of its layers.
    """
    height, width = image.shape[1:3]
    shapes = {IMAGE: (height, width)}
    fields = {layer: extractor.receptive_field(layer) for layer in layers if layer != IMAGE}
    shapes.update(
        {
            layer: (height // field.stride, width // field.stride)
            for layer, field in fields.items()
            if field is not None
        }
    )
    unknown = [layer for layer in layers if layer not in shapes]
    if unknown:
        features = extractor(keras.ops.convert_to_tensor(image), unknown)
        shapes.update({layer: tuple(features[layer].shape[1:3]) for layer in unknown})
    return {layer: shapes[layer] for layer in layers}
