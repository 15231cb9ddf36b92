"""The details of an image that a smaller copy of it does not have."""

from __future__ import annotations

import numpy as np

from .pixels import to_batch, to_pixels
from .reading import read_image


def content_detail(content: np.ndarray, smaller: tuple[int, int]) -> np.ndarray:
    """What is lost when an image is made smaller and enlarged again.

    It is one level of the image's Laplacian pyramid.

    Args:
        content: Array `(1, height, width, 3)`, float32, 0 to 255.
        smaller: Height and width of the smaller image.

    Returns:
        Array `(1, height, width, 3)`, float32, with values around 0.
    """
    reduced = read_image(to_pixels(content), shape=smaller)
    return content - to_batch(read_image(reduced, shape=content.shape[1:3]))
