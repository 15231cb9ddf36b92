"""Helpers of the metrics: features, Gram matrices, and the cosine between two arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from keras import ops

from ..extractors.base import FeatureExtractor
from ..images.pixels import to_batch
from ..losses.base import IMAGE
from ..losses.style import gram_matrix
from ..objective.features import compute_features

Features: TypeAlias = Mapping[str, Any]
"""`{layer: tensor (1, height, width, channels)}`, as an extractor returns it."""


def image_features(
    extractor: FeatureExtractor, image: np.ndarray, layers: Sequence[str], name: str
) -> dict[str, Any]:
    """The features of an image `(height, width, 3)`, uint8. Errors refer to it as `name`."""
    extracted = [layer for layer in layers if layer != IMAGE]
    extractor.check_layers(extracted)
    minimum = extractor.minimum_size(extracted) if extracted else 1
    if min(image.shape[:2]) < minimum:
        raise ValueError(
            f"Expected {name} to be at least {minimum} pixels high and wide for the layers "
            f"{', '.join(layers)}. Received: {image.shape[0]} x {image.shape[1]} pixels (height x "
            "width). Choose a larger size or shallower layers."
        )
    features = compute_features(extractor, ops.convert_to_tensor(to_batch(image)), layers, None)
    return {layer: features[layer] for layer in layers}


def gram_matrices(features: Features) -> dict[str, np.ndarray]:
    """The Gram matrices `(channels, channels)` of features, by layer."""
    return {layer: ops.convert_to_numpy(gram_matrix(each)) for layer, each in features.items()}


def check_same_layers(first: Features, second: Features) -> None:
    """Raises a `ValueError` if there are no features, or their layers differ."""
    if not first or set(first) != set(second):
        raise ValueError(
            "Expected features of the same layers, one or more. Received: "
            f"{sorted(first)} and {sorted(second)}. Compute both for the same layers."
        )


def cosine(first: Any, second: Any) -> float:
    r"""The cosine of the angle between two arrays or tensors with the same number of elements.

    $$ \cos(x, y) = \frac{x \cdot y}{\lVert x \rVert \, \lVert y \rVert} $$

    An array of zeros has no direction: its cosine is 1 with another such array and 0 otherwise.
    """
    x, y = (ops.convert_to_numpy(each).ravel().astype(np.float64) for each in (first, second))
    lengths = np.linalg.norm(x) * np.linalg.norm(y)
    if lengths == 0:
        return float(x.any() == y.any())
    return float(x @ y / lengths)
