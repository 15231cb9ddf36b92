"""Content fidelity: how much of the content is in the result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from keras import ops

from ..defaults import CONTENT_LAYERS
from ..extractors.base import FeatureExtractor
from .features import check_same_size, cosine, image_features


def content_fidelity(
    result: np.ndarray,
    content: np.ndarray,
    extractor: FeatureExtractor,
    layers: Sequence[str] = CONTENT_LAYERS,
) -> float:
    r"""The mean over layers of the cosine between the result's features and the content's.

    $$ CF = \frac{1}{L} \sum_l \cos(F^l, P^l) $$

    with the features $F^l$ of the result and $P^l$ of the content. A cosine compares position by
    position, but neither contrast nor brightness as such.

    Source: Wang, Zhao, Chen, Zuo, Li, Xing and Lu, "Evaluate and improve the quality of neural
    style transfer", Computer Vision and Image Understanding 207, 2021, on content fidelity.

    Example:
    ```python
    fidelity = content_fidelity(result, content, VGG16FeatureExtractor())
    ```

    Args:
        result: Array `(height, width, 3)`, uint8.
        content: Array of the same shape, uint8.
        extractor: The network.
        layers: Names of layers; by default those of the content loss.

    Returns:
        From 0 to 1 where features are not negative; the higher, the more of the content. 1 for the
        content itself.

    Raises:
        ValueError: If the shapes differ, a layer is unknown, or the images are too small.
    """
    check_same_size(result, content)
    of_result = image_features(extractor, result, layers, "the result")
    of_content = image_features(extractor, content, layers, "the content")
    cosines = [
        cosine(ops.convert_to_numpy(of_result[layer]), ops.convert_to_numpy(of_content[layer]))
        for layer in layers
    ]
    return float(np.mean(cosines))
