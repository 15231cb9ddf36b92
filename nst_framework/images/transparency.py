"""Reads images with transparency without mixing in a background."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .modes import split, to_srgb
from .reading import ImageSource, open_image, read_alpha, read_image, target_shape


def read_cut_out(
    source: ImageSource,
    size: int | None = None,
    name: str = "image",
    shape: tuple[int, int] | None = None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Reads an image like `read_image`, but with alpha instead of a background.

    Resizing weights colors by opacity, so that hidden colors do not show, and fully transparent
    areas are filled with nearby colors. Attaching the alpha again therefore leaves no fringe.

    Returns an array `(height, width, 3)` and the alpha, `(height, width)`, both uint8; the alpha is
    `None` if the image is fully opaque.
    """
    image = open_image(source, name)
    height, width = target_shape(image.size[::-1], size, shape, name)
    alpha = read_alpha(image, (height, width), name)
    if alpha is None:
        return read_image(image, name=name, shape=(height, width)), None
    color, opacity = split(image, name)
    assert opacity is not None
    color = to_srgb(color)
    weights = np.asarray(opacity, np.float32)
    shares = _resized(weights, (width, height))
    colors = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        # The product of two bytes is exact; so is the quotient if the size does not change.
        premultiplied = np.asarray(color.getchannel(channel), np.float32) * weights
        colors[..., channel] = _resized(premultiplied, (width, height))
    is_visible = (alpha > 0) & (shares > 0)
    np.divide(colors, shares[..., None], out=colors, where=is_visible[..., None])
    colors = np.clip(colors, 0, 255, out=colors)
    filled = continue_colors(colors, np.where(is_visible, shares, 0))
    return np.rint(filled).astype(np.uint8), alpha


def continue_colors(colors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fills pixels of weight 0 with nearby colors, more smoothly the farther away.

    Source: Gortler, Grzeszczuk, Szeliski and Cohen, "The lumigraph", SIGGRAPH 1996, section 3.4.2,
    on pulling and pushing.

    Colors are `(height, width, 3)`; weights are non-negative, `(height, width)`, float32.
    """
    height, width = weights.shape
    if weights.all() or not weights.any():
        return colors
    margins = (0, height % 2), (0, width % 2)
    padded = np.pad(weights, margins)
    products = np.pad(colors * weights[..., None], (*margins, (0, 0)))
    half = (padded.shape[0] // 2, 2, padded.shape[1] // 2, 2)
    sums = padded.reshape(half).sum((1, 3))
    means = products.reshape(*half, 3).sum((1, 3))
    np.divide(means, sums[..., None], out=means, where=sums[..., None] > 0)
    smaller = continue_colors(means, sums / 4)
    size = (padded.shape[1], padded.shape[0])
    bands = np.moveaxis(smaller, -1, 0)
    larger = [_resized(band, size, Image.Resampling.BILINEAR) for band in bands]
    beneath = np.stack(larger, axis=-1)[:height, :width]
    return np.where(weights[..., None] > 0, colors, beneath)


def _resized(
    values: np.ndarray,
    size: tuple[int, int],
    resample: Image.Resampling = Image.Resampling.LANCZOS,
) -> np.ndarray:
    """Resizes values `(height, width)`, float32, to `(width, height)`."""
    if values.shape == size[::-1]:
        return values
    return np.asarray(Image.fromarray(np.ascontiguousarray(values)).resize(size, resample))
