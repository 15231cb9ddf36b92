"""Metrics of the content in a result, based on its features and on its luminance."""

from __future__ import annotations

import numpy as np
import skimage.metrics

from ..images.color_matching import luminance
from .features import Features, check_same_layers, cosine

WINDOW = 11
"""Width of the paper's Gaussian window, in pixels."""


def content_fidelity(result: Features, content: Features) -> float:
    r"""The cosine between the features of result and content, averaged over layers.

    $$ CF = \frac{1}{L} \sum_l \cos(F^l, P^l) $$

    Here, $F^l$ are the features of the result and $P^l$ those of the content. The cosine compares
    features position by position and ignores their overall strength.

    Source: Wang, Zhao, Chen, Zuo, Li, Xing and Lu, "Evaluate and improve the quality of neural
    style transfer", Computer Vision and Image Understanding 207, 2021, on content fidelity.

    Example:
    ```python
    layers = ["block4_conv2"]
    fidelity = content_fidelity(extractor(result, layers), extractor(content, layers))
    ```

    Args:
        result: `{layer: features (1, height, width, channels)}` of the result.
        content: The same for the content, with the same shapes.

    Returns:
        A number from 0 to 1 if no features are negative; higher means more of the content. It is 1
        for the content itself.

    Raises:
        ValueError: If the layers or the shapes differ.
    """
    check_same_layers(result, content)
    for layer in result:
        shapes = tuple(result[layer].shape), tuple(content[layer].shape)
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"Expected the content's features to have the result's shape {shapes[0]} in "
                f"{layer}. Received: shape {shapes[1]}. Resize the content to the result's size."
            )
    return float(np.mean([cosine(result[layer], content[layer]) for layer in result]))


def structural_similarity(result: np.ndarray, content: np.ndarray) -> float:
    """The mean structural similarity (SSIM) of the luminances of result and content.

    It compares pixels and uses no network.

    Source: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
    structural similarity", IEEE Transactions on Image Processing 13, 2004, with the paper's window.

    Example:
    ```python
    similarity = structural_similarity(result, content)
    ```

    Args:
        result: Array `(height, width, 3)`, uint8.
        content: Array of the same shape, uint8.

    Returns:
        A number from -1 to 1; higher means more of the content. It is 1 for the content itself.

    Raises:
        ValueError: If the shapes differ, or the images are smaller than 11 x 11 pixels.
    """
    if result.shape != content.shape:
        raise ValueError(
            f"Expected the content to have the result's shape {result.shape}. Received: shape "
            f"{content.shape}. Read it with read_image(content, shape=result.shape[:2])."
        )
    if min(result.shape[:2]) < WINDOW:
        raise ValueError(
            f"Expected the result to be at least {WINDOW} pixels high and wide for structural "
            f"similarity. Received: {result.shape[0]} x {result.shape[1]} pixels (height x width). "
            "Use larger images."
        )
    return float(
        skimage.metrics.structural_similarity(
            luminance(result),
            luminance(content),
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )
