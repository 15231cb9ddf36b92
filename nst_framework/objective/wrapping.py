"""Features of tileable images, which continue periodically beyond their borders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keras import ops

from ..extractors.base import FeatureExtractor, ReceptiveField
from ..extractors.margin import crop
from ..losses.base import IMAGE, Loss
from .features import compute_features, receptive_fields
from .recipe import Recipe


def wrapped_features(
    extractor: FeatureExtractor, image: Any, layers: Iterable[str], compute_dtype: str | None
) -> dict[str, Any]:
    """Computes the features of an image `(1, height, width, 3)` that repeats in all directions.

    The arguments and the result are those of `compute_features`. The network receives the image
    with a periodic margin as wide as the receptive fields require.
    """
    names = tuple(layers)
    fields = _receptive_fields(extractor, names)
    margin = wrapping_margin(fields.values())
    continued = continue_image(image, margin, margin)
    features = compute_features(extractor, continued, names, compute_dtype)
    height, width = image.shape[1:3]
    for layer, field in fields.items():
        stride = field.stride
        features[layer] = crop(features[layer], margin // stride, height // stride, width // stride)
    return {**features, IMAGE: image}


def continue_image(image: Any, before: int, after: int) -> Any:
    """Continues an image `(1, height, width, channels)` periodically in both directions.

    `before` and `after` are numbers of rows and columns and may exceed the image's.
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
    """Continues the features so that a loss has a whole window at every position."""
    if loss.window == 1:
        return features
    own = {layer: continue_image(features[layer], 0, loss.window - 1) for layer in loss.layers}
    return {**features, **own}


def side_multiple(recipe: Recipe) -> int:
    """The number of which height and width, in pixels, must be multiples.

    It is the layers' largest stride if the image is tileable, and 1 otherwise.
    """
    if not recipe.tileable:
        return 1
    fields = _receptive_fields(recipe.extractor, recipe.network_layers)
    return max((field.stride for field in fields.values()), default=1)


def wrapping_margin(fields: Iterable[ReceptiveField]) -> int:
    """The largest halo in pixels, rounded up to a multiple of all strides."""
    known = list(fields)
    stride = max((field.stride for field in known), default=1)
    halo = max((field.halo for field in known), default=0)
    return -(-halo // stride) * stride


def _receptive_fields(
    extractor: FeatureExtractor, layers: Iterable[str]
) -> dict[str, ReceptiveField]:
    return receptive_fields(
        extractor,
        layers,
        expected="declares its receptive fields, because the image is tileable",
        alternative="compile with tileable=False",
    )
