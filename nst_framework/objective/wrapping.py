"""Tileable images, which continue periodically beyond their borders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keras import ops

from ..extractors.base import FeatureExtractor, ReceptiveField
from ..extractors.margin import crop
from ..losses.base import IMAGE, Loss
from .features import compute_features
from .recipe import Recipe


def wrapped_features(
    extractor: FeatureExtractor, image: Any, layers: Iterable[str], compute_dtype: str | None
) -> dict[str, Any]:
    """Computes the features of an image `(1, height, width, 3)` that repeats in all directions.

    As `compute_features` does otherwise. The network sees the image with a margin of its
    continuation, which is as wide as the receptive fields require.
    """
    wanted = tuple(layers)
    fields = receptive_fields(extractor, wanted)
    margin = wrapping_margin(fields.values())
    continued = continue_image(image, margin, margin)
    features = compute_features(extractor, continued, wanted, compute_dtype)
    height, width = image.shape[1:3]
    for layer, field in fields.items():
        stride = field.stride
        features[layer] = crop(features[layer], margin // stride, height // stride, width // stride)
    return {**features, IMAGE: image}


def continue_image(image: Any, before: int, after: int) -> Any:
    """Continues an image `(1, height, width, channels)` periodically in both directions.

    `before` and `after` are numbers of rows and columns, which may exceed those of the image.
    """
    for axis in (1, 2):
        rows = (slice(None),) * axis
        length = image.shape[axis]
        (copies_before, first), (copies_after, last) = divmod(before, length), divmod(after, length)
        parts = [image[(*rows, slice(length - first, None))]] if first else []
        parts += [image] * (copies_before + 1 + copies_after)
        parts += [image[(*rows, slice(None, last))]] if last else []
        image = ops.concatenate(parts, axis=axis) if len(parts) > 1 else image
    return image


def continued_for(loss: Loss, features: Mapping[str, Any]) -> Mapping[str, Any]:
    """Continues the features so that a loss finds a whole window at every position."""
    if loss.window == 1:
        return features
    own = {layer: continue_image(features[layer], 0, loss.window - 1) for layer in loss.layers}
    return {**features, **own}


def side_multiple(recipe: Recipe) -> int:
    """The number of pixels that height and width must be multiples of.

    It is the largest stride of the layers if the image is tileable, and 1 otherwise.
    """
    if not recipe.tileable:
        return 1
    fields = receptive_fields(recipe.extractor, recipe.network_layers)
    return max((field.stride for field in fields.values()), default=1)


def receptive_fields(
    extractor: FeatureExtractor, layers: Iterable[str]
) -> dict[str, ReceptiveField]:
    """The receptive field of each layer of the network, or a `ValueError` if one is unknown."""
    fields = {}
    for layer in layers:
        if layer == IMAGE:
            continue
        field = extractor.receptive_field(layer)
        if field is None:
            raise ValueError(
                "Expected a network that declares its receptive fields, because the image is "
                f"tileable. Received: {type(extractor).__name__}, whose receptive_field({layer!r}) "
                "is None. Override it, or compile with tileable=False."
            )
        fields[layer] = field
    return fields


def wrapping_margin(fields: Iterable[ReceptiveField]) -> int:
    """The margin, in pixels, beyond which no pixel changes a feature: a multiple of all strides."""
    found = list(fields)
    stride = max((field.stride for field in found), default=1)
    halo = max((field.halo for field in found), default=0)
    return -(-halo // stride) * stride
