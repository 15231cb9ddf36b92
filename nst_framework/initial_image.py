"""Where the image begins: the content, the style, noise, or another image."""

from __future__ import annotations

import numpy as np

from .images import ImageSource, read_image

INITIAL_IMAGES = ("content", "style", "noise")


def make_initial_image(
    source: ImageSource, content: np.ndarray, style: np.ndarray, seed: int
) -> np.ndarray:
    """Makes the image that the first step starts from, of the content's size.

    Args:
        source: `"content"`, `"style"`, `"noise"`, or the path or array of an image.
        content: Array `(height, width, 3)`, uint8.
        style: Array `(height, width, 3)`, uint8.
        seed: Seed of the noise.

    Returns:
        Array `(height, width, 3)`, uint8.

    Raises:
        ValueError: If the image is none.
        FileNotFoundError: If there is no such file.
    """
    if isinstance(source, str) and source == "content":
        return content
    if isinstance(source, str) and source == "noise":
        return np.random.default_rng(seed).integers(0, 256, content.shape, dtype=np.uint8)
    if isinstance(source, str) and source == "style":
        source = style
    return read_image(source, name="initial_image", shape=content.shape[:2])
