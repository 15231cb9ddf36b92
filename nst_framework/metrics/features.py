"""What the metrics take from images: features, Gram matrices, and the cosine between two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from ..extractors.base import FeatureExtractor
from ..features import compute_features
from ..images import to_batch
from ..losses.base import IMAGE
from ..losses.style import gram_matrix


def image_features(
    extractor: FeatureExtractor, image: np.ndarray, layers: Sequence[str], name: str
) -> dict[str, Any]:
    """The features of an image.

    Args:
        extractor: The network.
        image: Array `(height, width, 3)`, uint8.
        layers: Names of layers, or `"image"` for the image itself.
        name: What errors call the image.

    Returns:
        `{layer: tensor (1, height, width, channels)}`, one entry for each of `layers`.

    Raises:
        ValueError: If there is no layer, one is unknown, or the image is too small for them.
    """
    if isinstance(layers, str) or not layers:
        raise ValueError(f"Expected one layer or more, in a list. Received: layers={layers!r}.")
    network_layers = [layer for layer in layers if layer != IMAGE]
    extractor.check_layers(network_layers)
    minimum = extractor.minimum_size(network_layers) if network_layers else 1
    if min(image.shape[:2]) < minimum:
        raise ValueError(
            f"Expected {name} to be at least {minimum} pixels high and wide, for the layers "
            f"{', '.join(layers)}. Received: {image.shape[0]} x {image.shape[1]} pixels (height x "
            "width). Choose a larger size or shallower layers."
        )
    features = compute_features(extractor, ops.convert_to_tensor(to_batch(image)), layers, None)
    return {layer: features[layer] for layer in layers}


def gram_matrices(
    extractor: FeatureExtractor, image: np.ndarray, layers: Sequence[str], name: str
) -> dict[str, np.ndarray]:
    """The Gram matrices `(channels, channels)` of an image's features, by layer."""
    features = image_features(extractor, image, layers, name)
    return {layer: ops.convert_to_numpy(gram_matrix(features[layer])) for layer in layers}


def cosine(first: np.ndarray, second: np.ndarray) -> float:
    r"""The cosine of the angle between two arrays of as many numbers.

    $$ \cos(x, y) = \frac{x \cdot y}{\lVert x \rVert \, \lVert y \rVert} $$

    Zeros have no direction: two arrays of zeros are called equal, one of them unlike anything else.
    """
    x, y = first.ravel().astype(np.float64), second.ravel().astype(np.float64)
    lengths = np.linalg.norm(x) * np.linalg.norm(y)
    if lengths == 0:
        return float(x.any() == y.any())
    return float(x @ y / lengths)


def check_same_size(result: np.ndarray, content: np.ndarray) -> None:
    """Raises a `ValueError` if the content has another size than the result."""
    if result.shape != content.shape:
        raise ValueError(
            f"Expected a content of the result's shape {result.shape}. Received: shape "
            f"{content.shape}. Read it with read_image(content, shape=result.shape[:2])."
        )
