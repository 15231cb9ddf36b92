"""The image with which a frame begins: the result before it, moved, and filled up."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

NEIGHBORHOOD = 1 / 32
"""Standard deviation of the blur that leaves only colours, as a part of the longer side."""

FAR_AWAY = 1e-3
"""Weight of the frame's own colours: they count only where no result is nearby."""


def start_image(frame: np.ndarray, moved: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """The moved result where it is trusted, elsewhere the frame in the colours around it.

    What the moved result has there would be dragged along, as behind an object that moves on; and
    the frame in its own colours would stay visible, because the steps of a frame are few.

    `frame` and `moved`, the result of the frame before, are `(height, width, 3)`, uint8;
    `trust` is `(height, width)`, bool.
    """
    sigma = NEIGHBORHOOD * max(frame.shape)

    def blur(image: np.ndarray) -> np.ndarray:
        return gaussian_filter(image.astype(np.float32), (sigma, sigma, 0))

    known = trust[..., None].astype(np.float32)
    frame_blurred = blur(frame)
    colors = (blur(known * moved) + FAR_AWAY * frame_blurred) / (blur(known) + FAR_AWAY)
    new = np.clip(colors + frame - frame_blurred, 0, 255)
    return np.rint(np.where(trust[..., None], moved, new)).astype(np.uint8)
