"""The content's colours in place of the style's: what a run sees, and what becomes of its image."""

from __future__ import annotations

import numpy as np
from skimage.exposure import match_histograms

from ..checks import did_you_mean
from ..defaults import COLOR_MODES

LUMINANCE = np.array([0.299, 0.587, 0.114])
"""Luminance of red, green and blue in YIQ, the colour space of the paper."""

SMOOTHING = 1e-6
"""Added to variances, in squared pixel values, because images may have one colour or be grey."""


def check_color_mode(color: str) -> str:
    """Returns the colour mode, or raises a `ValueError` that lists those that there are."""
    if color not in COLOR_MODES:
        raise ValueError(
            f"Invalid value for argument `color`. Expected one of: {', '.join(COLOR_MODES)}. "
            f"Received: color={color!r}.{did_you_mean(color, COLOR_MODES)}"
        )
    return color


def luminance(image: np.ndarray) -> np.ndarray:
    """Y of YIQ: `(..., 3)`, RGB, to `(...)`, float64, in the same units."""
    return image @ LUMINANCE


def match_mean_and_covariance(pixels: np.ndarray, reference: np.ndarray, form: str) -> np.ndarray:
    r"""Gives pixels the mean and the covariance of others, by an affine map of their colours.

    $$ x' = A (x - \mu_S) + \mu_C, \quad A \Sigma_S A^T = \Sigma_C $$

    with the means and covariances $\mu_S, \Sigma_S$ of the pixels and $\mu_C, \Sigma_C$ of the
    reference. Many $A$ solve this; two are in use:

    $$ A_{chol} = L_C L_S^{-1}, \quad \Sigma = L L^T, \qquad
       A_{IA} = \Sigma_C^{1/2} \Sigma_S^{-1/2} $$

    A covariance is smoothed by a millionth of a squared pixel value, so that grey pixels, or pixels
    of one colour, have a map, too; what they do not vary in stays constant. Pixels that are nearly
    grey have the noise of their chroma enlarged: match their luminance instead.

    Source: Gatys, Bethge, Hertzmann and Shechtman, "Preserving color in neural artistic style
    transfer", arXiv 1606.05897, 2016, on colour histogram matching; the second form is that of
    Hertzmann's Image Analogies.

    Example:
    ```python
    matched = match_mean_and_covariance(style.reshape(-1, 3), content.reshape(-1, 3), "cholesky")
    ```

    Args:
        pixels: Array `(n, 3)`, RGB.
        reference: Array `(m, 3)`, RGB.
        form: `"cholesky"` or `"symmetric"`.

    Returns:
        Array `(n, 3)`, float64; values below 0 and above 255 are not clipped.
    """
    matrix, offset = _color_map(pixels, reference, form)
    return pixels @ matrix.T + offset


def match_luminance(pixels: np.ndarray, reference: np.ndarray) -> np.ndarray:
    r"""Grey pixels with the mean and the standard deviation of a reference's luminance.

    $$ L_{S'} = \frac{\sigma_C}{\sigma_S} (L_S - \mu_S) + \mu_C $$

    Source: Gatys et al., "Preserving color in neural artistic style transfer", arXiv 1606.05897,
    2016, on luminance-only transfer.

    Args:
        pixels: Array `(n, 3)`, RGB.
        reference: Array `(m, 3)`, RGB.

    Returns:
        Array `(n, 3)`, float64, three equal channels; not clipped.
    """
    scale, offset = _luminance_map(pixels, reference)
    return _grey(scale * luminance(pixels) + offset)


def content_in_color_mode(content: np.ndarray, color: str) -> np.ndarray:
    """The content as a run sees it: its luminance for `"luminance"`, else as it is.

    Args:
        content: Array `(height, width, 3)`, uint8.
        color: One of `COLOR_MODES`.

    Returns:
        Array `(height, width, 3)`, uint8.
    """
    if check_color_mode(color) != "luminance":
        return content
    return _to_bytes(_grey(luminance(content)))


def match_style_colors(
    style: np.ndarray,
    content: np.ndarray,
    color: str,
    style_mask: np.ndarray | None = None,
    content_mask: np.ndarray | None = None,
) -> np.ndarray:
    """The style as a run sees it, so that the result has the content's colours.

    | mode | what the style becomes |
    |---|---|
    | `"style"` | it stays as it is, and so the result has its colours |
    | `"luminance"` | grey, with the content's mean and contrast; see `restore_colors` |
    | `"cholesky"`, `"symmetric"` | its colours have the content's mean and covariance |
    | `"histogram"` | each of its channels has the histogram of the content's |

    Args:
        style: Array `(height, width, 3)`, uint8.
        content: Array `(height, width, 3)`, uint8; its size may be another one.
        color: One of `COLOR_MODES`.
        style_mask: Array `(height, width)`, 0 to 1: only where it is at least 0.5 do the style's
            colours count. `None`, or a mask that is smaller everywhere: they count everywhere. The
            whole style is changed, except by `"histogram"`, which has no map for other colours
            than those that it has seen.
        content_mask: The same for the content's colours.

    Returns:
        Array `(height, width, 3)`, uint8.

    Raises:
        ValueError: If there is no such mode, or a mask has another size than its image.
    """
    if check_color_mode(color) == "style":
        return style
    counted = _counted(style, style_mask, "style_mask")
    pixels = style[counted]
    reference = content[_counted(content, content_mask, "content_mask")]
    if color == "histogram":
        matched = style.copy()
        matched[counted] = _to_bytes(_match_histograms(pixels, reference))
        return matched
    if color == "luminance":
        scale, shift = _luminance_map(pixels, reference)
        return _to_bytes(_grey(scale * luminance(style) + shift))
    matrix, offset = _color_map(pixels, reference, color)
    return _to_bytes(style @ matrix.T + offset)


def restore_colors(image: np.ndarray, content: np.ndarray) -> np.ndarray:
    """The image's luminance with the content's chroma, for the mode `"luminance"`.

    In YIQ that is Y of the image with I and Q of the content. The way back to RGB adds Y to each
    channel alike, so it comes to adding the difference of the luminances to the content.

    Source: Gatys et al., "Preserving color in neural artistic style transfer", arXiv 1606.05897,
    2016, on luminance-only transfer.

    Args:
        image: Array `(height, width, 3)`, uint8: the result of a run on luminances.
        content: Array of the same shape, uint8.

    Returns:
        Array `(height, width, 3)`, uint8. Colours that RGB does not have are clipped.
    """
    return _to_bytes(content + _grey(luminance(image) - luminance(content)))


def _color_map(
    pixels: np.ndarray, reference: np.ndarray, form: str
) -> tuple[np.ndarray, np.ndarray]:
    """The matrix `(3, 3)` and the offset `(3,)` that give pixels the colours of a reference."""
    mean, covariance = _statistics(pixels)
    reference_mean, reference_covariance = _statistics(reference)
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


def _luminance_map(pixels: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """The factor and the offset that give luminances those of a reference."""
    source, target = luminance(pixels), luminance(reference)
    scale = np.sqrt((target.var() + SMOOTHING) / (source.var() + SMOOTHING))
    return float(scale), float(target.mean() - scale * source.mean())


def _match_histograms(pixels: np.ndarray, reference: np.ndarray) -> np.ndarray:
    # scikit-image gives a value that many pixels share the upper end of their share of the
    # reference: black paper would become as bright as half of the content. Once more from the other
    # side gives the lower end, and the mean is the middle.
    upper = match_histograms(pixels, reference, channel_axis=-1)
    lower = 255.0 - match_histograms(255 - pixels, 255 - reference, channel_axis=-1)
    return (upper + lower) / 2


def _grey(luminances: np.ndarray) -> np.ndarray:
    return np.repeat(luminances[..., None], 3, axis=-1)


def _statistics(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean `(3,)` and smoothed covariance `(3, 3)` of pixels `(n, 3)`."""
    covariance = np.cov(pixels, rowvar=False, bias=True) + SMOOTHING * np.eye(3)
    return pixels.mean(axis=0, dtype=np.float64), covariance


def _power(covariance: np.ndarray, exponent: float) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    # Rounding may leave a little less than the smoothing, or even a negative value.
    return (vectors * np.maximum(values, SMOOTHING) ** exponent) @ vectors.T


def _counted(image: np.ndarray, mask: np.ndarray | None, name: str) -> np.ndarray:
    """Where an image's colours count, `(height, width)`, bool."""
    everywhere = np.ones(image.shape[:2], bool)
    if mask is None:
        return everywhere
    if mask.shape != image.shape[:2]:
        raise ValueError(
            f"Expected {name} to be an array (height, width) of its image's size "
            f"{image.shape[:2]}. Received: shape {mask.shape}. Resize the mask."
        )
    counted = mask >= 0.5
    return counted if counted.any() else everywhere


def _to_bytes(image: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(image, 0, 255)).astype(np.uint8)
