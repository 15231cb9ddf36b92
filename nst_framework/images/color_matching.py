"""Arithmetic of the color modes: color spaces, maps to a reference's colors, smoothing."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter
from skimage.exposure import match_histograms as match_upper_ends

LUMINANCE = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue in YIQ's luminance; the paper uses YIQ."""

SMOOTHING = 1e-6
"""Added to variances, in squared pixel values, for images that are gray or of a single color."""

RGB_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
"""From linear RGB to the responses of the eye's three types of cones."""

CONES_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""From the cube roots of the cone responses to L, a and b."""


def luminance(image: np.ndarray) -> np.ndarray:
    """The luminance (Y of YIQ) of RGB `(..., 3)`: `(...)`, float64, in the same units."""
    return image @ LUMINANCE


def gray(luminances: np.ndarray) -> np.ndarray:
    """Repeats luminances `(...)` in three equal channels `(..., 3)`."""
    return np.repeat(luminances[..., None], 3, axis=-1)


def to_oklab(image: np.ndarray) -> np.ndarray:
    """Converts sRGB `(..., 3)`, 0 to 255, to OKLab, float64: L from 0 to 1, a and b around 0.

    Source: Ottosson, "A perceptual color space for image processing", 2020,
    https://bottosson.github.io/posts/oklab.
    """
    rgb = np.asarray(image, np.float64) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ RGB_TO_CONES.T) @ CONES_TO_LAB.T


def from_oklab(lab: np.ndarray) -> np.ndarray:
    """Converts OKLab to sRGB `(..., 3)`, float64, 0 to 255; colors out of gamut are clipped."""
    linear = (lab @ np.linalg.inv(CONES_TO_LAB).T) ** 3 @ np.linalg.inv(RGB_TO_CONES).T
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def mean_and_covariance_map(
    pixels: np.ndarray, reference: np.ndarray, form: str
) -> tuple[np.ndarray, np.ndarray]:
    r"""The affine color map that gives pixels the mean and covariance of a reference.

    $$ x' = A (x - \mu_S) + \mu_C, \quad A \Sigma_S A^T = \Sigma_C $$

    where $\mu_S, \Sigma_S$ are the mean and covariance of the pixels, and $\mu_C, \Sigma_C$ those
    of the reference. Many matrices $A$ satisfy this; two are in use:

    $$ A_{chol} = L_C L_S^{-1}, \quad \Sigma = L L^T, \qquad
       A_{IA} = \Sigma_C^{1/2} \Sigma_S^{-1/2} $$

    A millionth of a squared pixel value is added to each variance, so that the map also exists for
    gray pixels and pixels of a single color; directions without variance stay constant. The map
    amplifies the chroma noise of nearly gray pixels; match their luminance instead.

    Source: Gatys, Bethge, Hertzmann and Shechtman, "Preserving color in neural artistic style
    transfer", arXiv 1606.05897, 2016, on color histogram matching; the second form comes from
    Hertzmann's Image Analogies.

    `pixels` is `(n, c)` and `reference` is `(m, c)`; `form` is "cholesky" or "symmetric". Returns
    the matrix `(c, c)` and the offset `(c,)`, both float64. The mapped colors are
    `pixels @ matrix.T + offset`, not clipped.
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
    r"""The factor and offset that match pixels to a reference's mean luminance and contrast.

    $$ L_{S'} = \frac{\sigma_C}{\sigma_S} (L_S - \mu_S) + \mu_C $$

    Source: Gatys et al., "Preserving color in neural artistic style transfer", arXiv 1606.05897,
    2016, on luminance-only transfer.

    Both are RGB, `(n, 3)` and `(m, 3)`; the map applies to the luminance of the pixels.
    """
    source, target = luminance(pixels), luminance(reference)
    scale = np.sqrt((target.var() + SMOOTHING) / (source.var() + SMOOTHING))
    return float(scale), float(target.mean() - scale * source.mean())


def match_histograms(pixels: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Matches the histogram of each channel to the reference's.

    Both are RGB, uint8, `(n, 3)` and `(m, 3)`; the result is float64. A value that many pixels
    share maps to the middle of the reference values with the same ranks.
    """
    # scikit-image maps such a value to the upper end of that range: black paper that covers half of
    # the style would become as bright as the median of the content. Matching the inverted images
    # gives the lower end; the middle is their mean.
    upper = match_upper_ends(pixels, reference, channel_axis=-1)
    lower = 255.0 - match_upper_ends(255 - pixels, 255 - reference, channel_axis=-1)
    return (upper + lower) / 2


def guided_filter(
    image: np.ndarray, guide: np.ndarray, radius: int, smoothing: float
) -> np.ndarray:
    r"""Smooths an image except at the edges of a guide, which it transfers to the image.

    A linear function of the guide $I$ is fitted to the image $p$ in every square window
    $\omega_k$. The result at position $i$ is the mean over the windows that contain it:

    $$ q_i = \frac{1}{n} \sum_{k: i \in \omega_k} (a_k I_i + b_k), \quad
       a_k = \frac{\text{cov}_k(I, p)}{\text{var}_k(I) + \epsilon}, \quad
       b_k = \bar p_k - a_k \bar I_k $$

    Source: He, Sun and Tang, "Guided image filtering", ECCV 2010, equations 5 to 8.

    Image and guide are `(height, width)`; the result is float64. A window extends `radius` pixels
    in each direction. It counts as flat if the guide's variance is below `smoothing`, $\epsilon$.
    """

    def mean(values: np.ndarray) -> np.ndarray:
        return uniform_filter(values.astype(np.float64), 2 * radius + 1, mode="reflect")

    mean_image, mean_guide = mean(image), mean(guide)
    covariance = mean(guide * image) - mean_guide * mean_image
    variance = mean(guide * guide) - mean_guide**2
    slope = covariance / (variance + smoothing)
    return mean(slope) * guide + mean(mean_image - slope * mean_guide)


def _mean_and_covariance(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean `(c,)` and regularized covariance `(c, c)` of pixels `(n, c)`."""
    covariance = np.cov(pixels, rowvar=False, bias=True) + SMOOTHING * np.eye(pixels.shape[1])
    return pixels.mean(axis=0, dtype=np.float64), covariance


def _power(covariance: np.ndarray, exponent: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    # Rounding can leave eigenvalues slightly below the smoothing, or negative.
    return (vectors * np.maximum(values, SMOOTHING) ** exponent) @ vectors.T
