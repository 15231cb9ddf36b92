"""Transfers the colors of a stylized image to its photograph, but not its strokes and edges."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

FITTED_SIZE = 512
"""Longest side, in pixels, at which maps are fitted; they are upsampled for larger images."""

WINDOWS = 16
"""Ratio of the longer side to the radius of a window."""

SMOOTHING = 0.005
"""Variance of colors (0 to 1) below which a window's colors are only shifted."""


def recolor_locally(content: np.ndarray, image: np.ndarray) -> np.ndarray:
    r"""Recolors the content like an image of the same scene.

    In every square window $\omega_k$, the change of color from the content $I$ to the image $p$ is
    fitted by an affine function of the content's three channels:

    $$ q_i = I_i + \bar A_i^T I_i + \bar b_i, \quad
       A_k = (\Sigma_k + \epsilon \, 1)^{-1} \, \text{cov}_k(I, p - I), \quad
       b_k = \bar p_k - \bar I_k - A_k^T \bar I_k $$

    where $\Sigma_k$ is the covariance of the content's colors, and $\bar A_i$ and $\bar b_i$ are
    means over the windows that contain position $i$. Structure that only the image has, such as
    strokes, is lost, and the content's edges stay in place. The change is fitted instead of the
    image, so that smooth areas keep their texture.

    Sources: Luan, Paris, Shechtman and Bala, "Deep photo style transfer", CVPR 2017, on
    locally affine color maps; He, Sun and Tang, "Guided image filtering", ECCV 2010, section 3.5,
    on fitting them; He and Sun, "Fast guided filter", arXiv 1505.00996, 2015, on fitting them at a
    small size.

    Both are `(height, width, 3)`, 0 to 255; the result is float32 and not clipped.
    """
    height, width = content.shape[:2]
    scale = min(1.0, FITTED_SIZE / max(height, width))
    small = max(1, round(scale * height)), max(1, round(scale * width))
    guide, fitted = (_resized(each.astype(np.float32) / 255, small) for each in (content, image))
    slopes, offsets = _fit(guide, fitted - guide, max(1, max(small) // WINDOWS))
    colors = content.astype(np.float32)
    recolored = colors + 255 * _resized(offsets, (height, width))
    for channel in range(3):
        recolored += colors[..., channel, None] * _resized(slopes[..., channel, :], (height, width))
    return recolored


def _fit(guide: np.ndarray, change: np.ndarray, radius: int) -> tuple[np.ndarray, np.ndarray]:
    """Fits slopes `(height, width, 3, 3)`, input by output channel, and offsets."""

    def mean(values: np.ndarray) -> np.ndarray:
        sizes = (2 * radius + 1,) * 2 + (1,) * (values.ndim - 2)
        return uniform_filter(values.astype(np.float64), sizes, mode="reflect")

    def covariance(of: np.ndarray) -> np.ndarray:
        products = mean(guide[..., :, None] * of[..., None, :])
        return products - means[..., :, None] * mean(of)[..., None, :]

    means = mean(guide)
    smoothed = covariance(guide) + SMOOTHING * np.eye(3)
    slopes = np.linalg.solve(smoothed, covariance(change))
    offsets = mean(change) - np.einsum("...i,...ij->...j", means, slopes)
    return mean(slopes), mean(offsets)


def _resized(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Resizes values `(height, width, 3)`; the result is float32."""
    if values.shape[:2] == shape:
        return values.astype(np.float32)
    resample = Image.Resampling.BOX if shape < values.shape[:2] else Image.Resampling.BILINEAR
    channels = [np.ascontiguousarray(each, np.float32) for each in np.moveaxis(values, -1, 0)]
    resized = (Image.fromarray(each).resize(shape[::-1], resample) for each in channels)
    return np.stack([np.asarray(each) for each in resized], axis=-1)
