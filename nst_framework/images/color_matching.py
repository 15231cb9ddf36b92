"""Colour maps, from the colours of given pixels to those of a reference."""

from __future__ import annotations

import numpy as np
from skimage.exposure import match_histograms as match_upper_ends

LUMINANCE = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in the luminance of YIQ, the paper's colour space."""

SMOOTHING = 1e-6
"""Added to variances, in squared pixel values, because images may be grey or of a single colour."""


def luminance(image: np.ndarray) -> np.ndarray:
    """The luminance, Y of YIQ: from RGB `(..., 3)` to `(...)`, float64, in the same units."""
    return image @ LUMINANCE


def grey(luminances: np.ndarray) -> np.ndarray:
    """A grey image of three equal channels: from `(...)` to `(..., 3)`."""
    return np.repeat(luminances[..., None], 3, axis=-1)


def mean_and_covariance_map(
    pixels: np.ndarray, reference: np.ndarray, form: str
) -> tuple[np.ndarray, np.ndarray]:
    r"""The affine colour map that gives pixels the mean and covariance of a reference.

    $$ x' = A (x - \mu_S) + \mu_C, \quad A \Sigma_S A^T = \Sigma_C $$

    with the means and covariances $\mu_S, \Sigma_S$ of the pixels and $\mu_C, \Sigma_C$ of the
    reference. Many matrices $A$ satisfy this; two are in use:

    $$ A_{chol} = L_C L_S^{-1}, \quad \Sigma = L L^T, \qquad
       A_{IA} = \Sigma_C^{1/2} \Sigma_S^{-1/2} $$

    Each covariance is smoothed by a millionth of a squared pixel value, so that the map also exists
    for grey pixels and for pixels of a single colour; directions without variance stay constant.
    The map amplifies the chroma noise of nearly grey pixels: match their luminance instead.

    Source: Gatys, Bethge, Hertzmann and Shechtman, "Preserving color in neural artistic style
    transfer", arXiv 1606.05897, 2016, on colour histogram matching; the second form comes from
    Hertzmann's Image Analogies.

    Example:
    ```python
    matrix, offset = mean_and_covariance_map(style_pixels, content_pixels, "cholesky")
    matched = style_pixels @ matrix.T + offset
    ```

    Args:
        pixels: Array `(n, c)`, such as RGB.
        reference: Array `(m, c)`.
        form: `"cholesky"` or `"symmetric"`.

    Returns:
        The matrix `(c, c)` and the offset `(c,)`, float64. The mapped colours are not clipped.

    Raises:
        ValueError: If the form is unknown.
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
    r"""The factor and offset that give pixels the mean and deviation of a reference's luminance.

    $$ L_{S'} = \frac{\sigma_C}{\sigma_S} (L_S - \mu_S) + \mu_C $$

    Source: Gatys et al., "Preserving color in neural artistic style transfer", arXiv 1606.05897,
    2016, on luminance-only transfer.

    Args:
        pixels: Array `(n, 3)`, RGB.
        reference: Array `(m, 3)`, RGB.

    Returns:
        The factor and the offset, which apply to the luminance of the pixels.
    """
    source, target = luminance(pixels), luminance(reference)
    scale = np.sqrt((target.var() + SMOOTHING) / (source.var() + SMOOTHING))
    return float(scale), float(target.mean() - scale * source.mean())


def match_histograms(pixels: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Gives each channel the histogram of the reference's channel.

    Args:
        pixels: Array `(n, 3)`, RGB, uint8.
        reference: Array `(m, 3)`, RGB, uint8.

    Returns:
        Array `(n, 3)`, float64. A value that many pixels share is mapped to the middle of the
        reference values that have the same ranks.
    """
    # scikit-image maps such a value to the upper end of that range: black paper that covers half of
    # the style would become as bright as the median of the content. Matching the negatives gives
    # the lower end, and the mean of the two is the middle.
    upper = match_upper_ends(pixels, reference, channel_axis=-1)
    lower = 255.0 - match_upper_ends(255 - pixels, 255 - reference, channel_axis=-1)
    return (upper + lower) / 2


def _mean_and_covariance(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean `(c,)` and smoothed covariance `(c, c)` of pixels `(n, c)`."""
    covariance = np.cov(pixels, rowvar=False, bias=True) + SMOOTHING * np.eye(pixels.shape[1])
    return pixels.mean(axis=0, dtype=np.float64), covariance


def _power(covariance: np.ndarray, exponent: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    # Rounding may leave eigenvalues slightly below the smoothing, or even negative.
    return (vectors * np.maximum(values, SMOOTHING) ** exponent) @ vectors.T
