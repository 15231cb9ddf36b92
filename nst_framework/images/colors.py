"""Color modes, which decide whether a result's colors come from the style or the content."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..checks import did_you_mean
from ..defaults import COLOR_MODES
from .color_matching import (
    from_oklab,
    gray,
    guided_filter,
    luminance,
    luminance_map,
    match_histograms,
    mean_and_covariance_map,
    to_oklab,
)
from .local_colors import recolor_locally
from .styles import StyleImage

PLACED_COLORS_WINDOWS = 128
"""Ratio of the longer side to the radius of the smoothing window."""

PLACED_COLORS_SMOOTHING = 0.001
"""Variance of L (0 to 1) below which a window counts as flat."""

GRAY_SIZE = 128
"""Longer side, in pixels, at which the content is checked for being gray."""

CHROMA_NOISE = 1.0
"""Largest deviation from gray, in pixel values, at which an image counts as gray."""


class ColorMode:
    """Determines the colors used during a run and the colors of its result.

    The base class is the mode `"style"`, which leaves all colors unchanged. Subclasses change them.

    Attributes:
        name: One of `COLOR_MODES`.
        is_gray: Whether the run uses gray images, so that its image must stay gray.
    """

    name = "style"
    is_gray = False

    def for_gray(self) -> ColorMode:
        """The mode that replaces this one if the content is gray; see `is_gray`."""
        return self

    def prepare(self, image: np.ndarray) -> np.ndarray:
        """Converts the content, or an image in its colors, `(height, width, 3)`, for the run."""
        return image

    def match(
        self,
        style: np.ndarray,
        content: np.ndarray,
        style_mask: np.ndarray | None = None,
        content_mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """Converts the style to the colors used during the run.

        Style and content are `(height, width, 3)`, uint8, and may differ in size; masks are
        `(height, width)`, 0 to 1. Colors are measured where the mask is at least 0.5. If it is
        `None` or below 0.5 everywhere, all pixels count. Colors change in the whole style, except
        in the mode `"histogram"`, which cannot map colors outside the mask.
        """
        chosen = _counted(style, style_mask, "style_mask")
        reference = content[_counted(content, content_mask, "content_mask")]
        return self.recolor(style, chosen, reference)

    def recolor(self, style: np.ndarray, counted: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Recolors the style; modes override this.

        `counted`, bool, selects the pixels of the style that are measured; `reference`,
        `(n, 3)`, uint8, holds the measured pixels of the content.
        """
        return style

    def present(
        self, image: np.ndarray, content: np.ndarray, styles: Sequence[StyleImage] = ()
    ) -> np.ndarray:
        """Converts the run's image to the colors in which it is shown and saved.

        `content` has its original colors; `styles` have the colors used during the run. The dtype
        of the image, uint8 or float, is preserved.
        """
        return image


class Luminance(ColorMode):
    """Changes luminance only: the run uses gray images, and the result keeps the content's chroma.

    Source: Gatys et al., "Preserving color in neural artistic style transfer", arXiv 1606.05897,
    2016, on luminance-only transfer.
    """

    name = "luminance"
    is_gray = True

    def prepare(self, image: np.ndarray) -> np.ndarray:
        """The image's luminance, as a gray image."""
        return _like(gray(luminance(image)), image)

    def recolor(self, style: np.ndarray, counted: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """The style's luminance, with the mean and contrast of the content's."""
        scale, offset = luminance_map(style[counted], reference)
        return _like(gray(scale * luminance(style) + offset), style)

    def present(
        self, image: np.ndarray, content: np.ndarray, styles: Sequence[StyleImage] = ()
    ) -> np.ndarray:
        """Combines the image's luminance (Y) with the content's chroma (I and Q).

        Converting YIQ to RGB adds Y equally to each channel, so the difference in luminance is
        added to the content. Colors out of gamut are clipped.
        """
        return _like(content + gray(luminance(image) - luminance(content)), image)


class PlacedColors(ColorMode):
    """Combines the result's lightness with the content's chroma, mapped to the style's palette.

    The run is the same as in the mode `"style"`. Afterwards, in OKLab, the content's a and b are
    given the mean and covariance of the style's, smoothed where the result's L has no edges, and
    replace the result's. Colors therefore follow the objects in the content instead of crossing
    their outlines.

    Source: Kolkin, Kucera, Paris, Sykora, Shechtman and Shakhnarovich, "Neural neighbor style
    transfer", arXiv 2203.13215, 2022, on color.
    """

    name = "placed"

    def __init__(self, is_flat: bool = False) -> None:
        """`is_flat`: replace the content's chroma by its mean, because it is only noise."""
        self.is_flat = is_flat

    def for_gray(self) -> ColorMode:
        """This mode with a flat chroma, so that noise is not amplified."""
        return PlacedColors(is_flat=True)

    def present(
        self, image: np.ndarray, content: np.ndarray, styles: Sequence[StyleImage] = ()
    ) -> np.ndarray:
        """Combines the image's L with the content's a and b, matched to those of the styles."""
        lightness, chroma = to_oklab(image)[..., 0], to_oklab(content)[..., 1:]
        if self.is_flat:
            chroma = np.broadcast_to(chroma.mean(axis=(0, 1)), chroma.shape)
        colors = [each.image[_counted(each.image, each.mask, "style_mask")] for each in styles]
        wanted = to_oklab(np.concatenate(colors))[..., 1:]
        matrix, offset = mean_and_covariance_map(chroma.reshape(-1, 2), wanted, "symmetric")
        radius = max(1, max(content.shape) // PLACED_COLORS_WINDOWS)
        smoothed = [
            guided_filter(channel, lightness, radius, PLACED_COLORS_SMOOTHING)
            for channel in np.moveaxis(chroma @ matrix.T + offset, -1, 0)
        ]
        return _like(from_oklab(np.stack([lightness, *smoothed], axis=-1)), image)


class LocallyAffine(ColorMode):
    """Recolors the content like the run's image, by a locally affine color map.

    The run is the same as in the mode `"style"`. Only its light and colors are transferred: the
    content keeps its edges and gets no strokes.
    """

    name = "affine"

    def present(
        self, image: np.ndarray, content: np.ndarray, styles: Sequence[StyleImage] = ()
    ) -> np.ndarray:
        """The content in the colors of the image."""
        return _like(recolor_locally(content, image), image)


class MatchedCovariance(ColorMode):
    """Gives the style's colors the mean and covariance of the content's.

    The name is the form of the map, `"cholesky"` or `"symmetric"`; see
    `mean_and_covariance_map`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def for_gray(self) -> ColorMode:
        """Luminance, because the image would take on the content's chroma noise."""
        return Luminance()

    def recolor(self, style: np.ndarray, counted: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """The style with the mean and covariance of the content's colors."""
        matrix, offset = mean_and_covariance_map(style[counted], reference, self.name)
        return _like(style @ matrix.T + offset, style)


class MatchedHistograms(ColorMode):
    """Gives the style's channels the content's histograms."""

    name = "histogram"

    def for_gray(self) -> ColorMode:
        """Luminance, because channels with equal histograms need not be equal."""
        return Luminance()

    def recolor(self, style: np.ndarray, counted: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """The style with the content's histograms where its mask is at least 0.5."""
        matched = style.copy()
        matched[counted] = _like(match_histograms(style[counted], reference), style)
        return matched


def color_mode(name: str) -> ColorMode:
    """Looks up a color mode by name; raises a `ValueError` that lists the names."""
    modes = [
        ColorMode(),
        Luminance(),
        MatchedCovariance("cholesky"),
        MatchedCovariance("symmetric"),
        MatchedHistograms(),
        PlacedColors(),
        LocallyAffine(),
    ]
    for mode in modes:
        if mode.name == name:
            return mode
    raise ValueError(
        f"Invalid value for argument `color`. Expected one of: {', '.join(COLOR_MODES)}. "
        f"Received: color={name!r}.{did_you_mean(name, COLOR_MODES)}"
    )


def is_gray(image: np.ndarray, alpha: np.ndarray | None = None) -> bool:
    """Whether an image has the same hue and chroma everywhere, except for noise.

    The image is `(height, width, 3)`, uint8. Pixels whose alpha, `(height, width)`, is 0 are
    ignored.
    """
    visible = np.full(image.shape[:2], True) if alpha is None or not alpha.any() else alpha > 0
    pixels = image[visible].astype(np.float64)
    chroma = pixels - pixels.mean(axis=1, keepdims=True)
    return bool(np.sqrt(np.square(chroma - chroma.mean(axis=0)).mean()) <= CHROMA_NOISE)


def _counted(image: np.ndarray, mask: np.ndarray | None, name: str) -> np.ndarray:
    """The pixels that an image's mask selects: array `(height, width)`, bool."""
    everywhere = np.ones(image.shape[:2], bool)
    if mask is None:
        return everywhere
    if mask.shape != image.shape[:2]:
        raise ValueError(
            f"Expected {name} to have the height and width of its image, "
            f"{image.shape[:2]}. Received: shape {mask.shape}. Resize the mask."
        )
    chosen = mask >= 0.5
    return chosen if chosen.any() else everywhere


def _like(values: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Converts values, 0 to 255, to the dtype of an image: rounded to uint8, or float32."""
    clipped = np.clip(values, 0, 255)
    if image.dtype == np.uint8:
        return np.rint(clipped).astype(np.uint8)
    return clipped.astype(np.float32)
