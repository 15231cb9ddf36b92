"""The guided filter, which smooths an image but for the edges of another one."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter


def guided_filter(
    image: np.ndarray, guide: np.ndarray, radius: int, smoothing: float
) -> np.ndarray:
    r"""Smooths an image, and keeps and adds edges where a guide has them.

    In every square window $\omega_k$ the result is a linear function of the guide $I$, fitted to
    the image $p$, and at every position $i$ the mean of those of the windows around it:

    $$ q_i = \frac{1}{n} \sum_{k: i \in \omega_k} (a_k I_i + b_k), \quad
       a_k = \frac{\text{cov}_k(I, p)}{\text{var}_k(I) + \epsilon}, \quad
       b_k = \bar p_k - a_k \bar I_k $$

    Source: He, Sun and Tang, "Guided image filtering", ECCV 2010, equations 5 to 8.

    Args:
        image: Array `(height, width)`.
        guide: Array of the same shape.
        radius: How many pixels a window reaches to every side.
        smoothing: The variance $\epsilon$ of the guide below which a window counts as flat.

    Returns:
        Array of the same shape, float64.
    """

    def mean(values: np.ndarray) -> np.ndarray:
        return uniform_filter(values.astype(np.float64), 2 * radius + 1, mode="reflect")

    mean_image, mean_guide = mean(image), mean(guide)
    covariance = mean(guide * image) - mean_guide * mean_image
    variance = mean(guide * guide) - mean_guide**2
    slope = covariance / (variance + smoothing)
    return mean(slope) * guide + mean(mean_image - slope * mean_guide)
