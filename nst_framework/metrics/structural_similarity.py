"""Structural similarity: whether light and dark in the result match the content."""

from __future__ import annotations

import numpy as np
import skimage.metrics

from ..images.color_matching import luminance

WINDOW = 11
"""Width of the paper's Gaussian window, in pixels."""


def structural_similarity(result: np.ndarray, content: np.ndarray) -> float:
    """The mean structural similarity (SSIM) of the luminances of result and content.

    It compares pixels, not features; no network is involved.

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
        From -1 to 1; higher means more of the content. 1 for the content itself.

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
