"""Converts between saved pixels and batches for the network."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .reading import read_image

FILTER_REACH = 8
"""Upper bound on the reach of the Lanczos filter when enlarging an image, in pixels."""


def to_batch(image: np.ndarray) -> np.ndarray:
    """Converts pixels `(height, width, 3)`, uint8, to a batch `(1, height, width, 3)`, float32."""
    return image[None].astype(np.float32)


def to_pixels(batch: np.ndarray) -> np.ndarray:
    """Converts a batch `(1, height, width, 3)` to pixels `(height, width, 3)`, uint8."""
    return np.rint(np.clip(batch[0], 0, 255)).astype(np.uint8)


def enlarge_tile(image: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Enlarges a tileable image `(height, width, 3)`, uint8, so that it stays tileable.

    `shape` is the new height and width.
    """
    height, width = image.shape[:2]
    margins = [min(FILTER_REACH, side) for side in (height, width)]
    continued = np.pad(image, [(margin, margin) for margin in margins] + [(0, 0)], mode="wrap")
    down, across = margins
    box = (across, down, across + width, down + height)
    resized = Image.fromarray(continued).resize(shape[::-1], Image.Resampling.LANCZOS, box)
    return np.array(resized)


def content_detail(content: np.ndarray, smaller: tuple[int, int]) -> np.ndarray:
    """The detail that an image loses when it is reduced to `smaller` and enlarged again.

    This is one level of the image's Laplacian pyramid: `(1, height, width, 3)`, float32, with
    values around 0. `smaller` is a height and width.
    """
    reduced = read_image(to_pixels(content), shape=smaller)
    return content - to_batch(read_image(reduced, shape=content.shape[1:3]))
