"""Conversion between pixels, as saved, and batches, as the network expects them."""

from __future__ import annotations

import numpy as np


def to_batch(image: np.ndarray) -> np.ndarray:
    """Converts pixels `(height, width, 3)`, uint8, to a batch `(1, height, width, 3)`, float32."""
    return image[None].astype(np.float32)


def to_pixels(batch: np.ndarray) -> np.ndarray:
    """Converts a batch `(1, height, width, 3)` to pixels `(height, width, 3)`, uint8, as saved."""
    return np.rint(np.clip(batch[0], 0, 255)).astype(np.uint8)
