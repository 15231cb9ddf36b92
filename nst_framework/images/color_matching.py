"""Maps of colours: from the colours of some pixels to those of a reference."""

from __future__ import annotations

import numpy as np
from skimage.exposure import match_histograms as match_upper_ends

LUMINANCE = np.array([0.299, 0.587, 0.114])
"""Luminance of red, green and blue in YIQ, the colour space of the paper."""

SMOOTHING = 1e-6
"""Added to variances, in squared pixel values, because images may be grey or of a single colour."""


def luminance(image: np.ndarray) -> np.ndarray:
    """Y of YIQ: `(..., 3)`, RGB, to `(...)`, float64, in the same units."""
    return image @ LUMINANCE


def grey(luminances: np.ndarray) -> np.ndarray:
    """Three equal channels: `(...)` to `(..., 3)`."""
    return np.repeat(luminances[..., None], 3, axis=-1)


def mean_and_covariance_map(
    pixels: np.ndarray, reference: np.ndarray, form: str
) -> tuple[np.ndarray, np.ndarray]:
    r"""The affine map of colours that gives pixels the mean and covariance of a reference.

    $$ x' = A (x - \mu_S) + \mu_C, \quad A \Sigma_S A^T = \Sigma_C $$

    with the means and covariances $\mu_S, \Sigma_S$ of the pixels and $\mu_C, \Sigma_C$ of the
    reference. Many $A$ solve this; two are in use:

    $$ A_{chol} = L_C L_S^{-1}, \quad \Sigma = L L^T, \qquad
       A_{IA} = \Sigma_C^{1/2} \Sigma_S^{-1/2} $$

    Each covariance is smoothed by a millionth of a squared pixel value, so that grey pixels and
    pixels of a single colour have a map, too; directions without variance stay constant. The map
    enlarges the chroma noise of pixels that are nearly grey: match their luminance instead.

    Source: Gatys, Bethge, Hertzmann and Shechtman, "Preserving color in neural artistic style
    transfer", arXiv 1606.05897, 2016, on colour histogram matching; the second form is that of
    Hertzmann's Image Analogies.

    Example:
    ```python
    matrix, offset = mean_and_covariance_map(style_pixels, content_pixels, "cholesky")
    matched = style_pixels @ matrix.T + offset
    ```

    Args:
        pixels: Array `(n, 3)`, RGB.
        reference: Array `(m, 3)`, RGB.
        form: `"cholesky"` or `"symmetric"`.

    Returns:
        The matrix `(3, 3)` and the offset `(3,)`, float64. What they give is not clipped.
    """
    mean, covariance = _mean_and_covariance(pixels)
    reference_mean, reference_covariance = _mean_and_covariance(reference)
    if form == "cholesky":
        matrix = np.linalg.cholesky(reference_covariance) @ np.linalg.inv(
            np.linalg.cholesky(covariance)
        )
    elif form == "symmetric":
        matrix = _power(reference_covariance, 0.5) @ _power(covariance, -0.5)
    else:
        raise ValueError(
            "Invalid value for argument `form`. Expected 'cholesky' or 'symmetric'. "
            f"Received: form={form!r}."
        )
    return matrix, reference_mean - matrix @ mean


def luminance_map(pixels: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    r"""The factor and offset that give luminances the mean and deviation of a reference's.

    $$ L_{S'} = \frac{\sigma_C}{\sigma_S} (L_S - \mu_S) + \mu_C $$

    Source: Gatys et al., "Preserving color in neural artistic style transfer", arXiv 1606.05897,
    2016, on luminance-only transfer.

    Args:
        pixels: Array `(n, 3)`, RGB.
        reference: Array `(m, 3)`, RGB.
    """
    source, target = luminance(pixels), luminance(reference)
    scale = np.sqrt((target.var() + SMOOTHING) / (source.var() + SMOOTHING))
    return float(scale), float(target.mean() - scale * source.mean())


def match_histograms(pixels: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Pixels whose channels each have the histogram of the reference's channel.

    Args:
        pixels: Array `(n, 3)`, RGB, uint8.
        reference: Array `(m, 3)`, RGB, uint8.

    Returns:
        Array `(n, 3)`, float64. A value that many pixels share becomes the middle of their share
        of the reference's values.
    """
    # scikit-image gives a value that many pixels share the upper end of their share of the
    # reference: black paper would become as bright as half of the content. Matching the negatives
    # gives the lower end, and the mean of the two is the middle.
    upper = match_upper_ends(pixels, reference, channel_axis=-1)
    lower = 255.0 - match_upper_ends(255 - pixels, 255 - reference, channel_axis=-1)
    return (upper + lower) / 2


def _mean_and_covariance(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean `(3,)` and smoothed covariance `(3, 3)` of pixels `(n, 3)`."""
    covariance = np.cov(pixels, rowvar=False, bias=True) + SMOOTHING * np.eye(3)
    return pixels.mean(axis=0, dtype=np.float64), covariance


def _power(covariance: np.ndarray, exponent: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    # Rounding may leave a little less than the smoothing, or even a negative value.
    return (vectors * np.maximum(values, SMOOTHING) ** exponent) @ vectors.T
