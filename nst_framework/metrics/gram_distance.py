"""The distance of Gram matrices in layers that the loss did not see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..defaults import GRAM_DISTANCE_LAYERS
from ..extractors.base import FeatureExtractor
from .features import gram_matrices


def gram_distance(
    result: np.ndarray,
    style: np.ndarray,
    extractor: FeatureExtractor,
    layers: Sequence[str] = GRAM_DISTANCE_LAYERS,
) -> float:
    r"""The mean over layers of the relative squared distance of the Gram matrices.

    $$ D = \frac{1}{L} \sum_l \frac{\lVert G^l - A^l \rVert^2}{\lVert A^l \rVert^2} $$

    with the Gram matrices $G^l$ of the result and $A^l$ of the style. Unlike a cosine it sees the
    features' strength, too. By default its layers are none of those that the default losses
    optimize, whose distance is small in every result.

    Source: the style representation of Gatys, Ecker and Bethge, "Image style transfer using
    convolutional neural networks", CVPR 2016, equation 3; the relative distance is this package's.

    Example:
    ```python
    distance = gram_distance(result, style, VGG16FeatureExtractor())
    ```

    Args:
        result: Array `(height, width, 3)`, uint8.
        style: Array `(height, width, 3)`, uint8; its size may be another one.
        extractor: The network.
        layers: Names of layers.

    Returns:
        0 for the style itself, 1 for a result without any features; no upper limit. The lower, the
        more of the style.

    Raises:
        ValueError: If a layer is unknown, an image is too small for them, or a layer has no
            features of the style at all.
    """
    of_result = gram_matrices(extractor, result, layers, "the result")
    of_style = gram_matrices(extractor, style, layers, "the style")
    for layer in layers:
        if not of_style[layer].any():
            raise ValueError(
                f"Expected a style that has features in {layer}, to compare with. Received: zeros "
                "alone. Choose other layers, or a style that is not one flat colour."
            )
    distances = [
        np.sum((of_result[layer] - of_style[layer]) ** 2, dtype=np.float64)
        / np.sum(of_style[layer] ** 2, dtype=np.float64)
        for layer in layers
    ]
    return float(np.mean(distances))
