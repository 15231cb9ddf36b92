"""Pixels, as saved, and batches, as the network expects them."""

from __future__ import annotations

import numpy as np

from .reading import read_image


def to_batch(image: np.ndarray) -> np.ndarray:
    """Converts pixels `(height, width, 3)`, uint8, to a batch `(1, height, width, 3)`, float32."""
    return image[None].astype(np.float32)


def to_pixels(batch: np.ndarray) -> np.ndarray:
    """Converts a batch `(1, height, width, 3)` to pixels `(height, width, 3)`, uint8, as saved."""
    return np.rint(np.clip(batch[0], 0, 255)).astype(np.uint8)


def content_detail(content: np.ndarray, smaller: tuple[int, int]) -> np.ndarray:
    """What is lost when an image is made smaller and enlarged again.

    It is one level of the image's Laplacian pyramid: `(1, height, width, 3)`, float32, with
    values around 0. `smaller` is a height and width.
    """
    reduced = read_image(to_pixels(content), shape=smaller)
    return content - to_batch(read_image(reduced, shape=content.shape[1:3]))
