"""Colour modes: whether the colours of the result come from the style or the content."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..checks import did_you_mean
from ..defaults import COLOR_MODES
from .color_matching import (
    from_oklab,
    grey,
    guided_filter,
    luminance,
    luminance_map,
    match_histograms,
    mean_and_covariance_map,
    to_oklab,
)
from .local_colors import recolor_locally
from .styles import StyleImage

PLACED_COLORS_DETAIL = 128
"""The longer side over the radius within which colours are smoothed."""

PLACED_COLORS_SMOOTHING = 0.001
"""The variance of L, from 0 to 1, below which a window has no edges."""

GREY_SIZE = 128
"""The longer side, in pixels, at which it is decided whether a content is grey."""

CHROMA_NOISE = 1.0
"""The deviation of its channels from grey, in pixel values, up to which it is."""


class ColorMode:
    """Determines the colours that a run sees, and those of its result.

    This is the mode `"style"`, which leaves all colours unchanged; subclasses change them.

    Attributes:
        name: One of `COLOR_MODES`.
        is_grey: Whether the run sees grey images, so its image must stay grey.
    """

    name = "style"
    is_grey = False

    def for_grey(self) -> ColorMode:
        """The mode in place of this one if the content is grey: see `is_grey`."""
        return self

    def see(self, image: np.ndarray) -> np.ndarray:
        """Converts the content, `(height, width, 3)`, uint8, or an image in its colours."""
        return image

    def match(
        self,
        style: np.ndarray,
        content: np.ndarray,
        style_mask: np.ndarray | None = None,
        content_mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """Converts the style for the run, which sees it in these colours.

        Style and content are `(height, width, 3)`, uint8, and may differ in size; masks are
        `(height, width)`, 0 to 1. Colours are measured only where the mask is at least 0.5,
        or everywhere if it is `None` or nowhere that large. They change in the whole style,
        except in the mode `"histogram"`, which has no map for colours outside the mask.
        """
        chosen = _counted(style, style_mask, "style_mask")
        reference = content[_counted(content, content_mask, "content_mask")]
        return self.recolor(style, chosen, reference)

    def recolor(self, style: np.ndarray, counted: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """The style with other colours; this is what a mode overrides.

        `counted`, bool, is where the style's colours count; `reference`, `(n, 3)`, uint8,
        are the content's colours that count.
        """
        return style

    def present(
        self, image: np.ndarray, content: np.ndarray, styles: Sequence[StyleImage] = ()
    ) -> np.ndarray:
        """Converts the run's image to the colours in which it is shown and saved.

        `content` has its original colours, `styles` those that the run sees. An image of uint8
        remains one, and so do floats.
        """
        return image


class Luminance(ColorMode):
    """Changes only light and dark: the run sees grey images, the result keeps the content's chroma.

    Source: Gatys et al., "Preserving color in neural artistic style transfer", arXiv 1606.05897,
    2016, on luminance-only transfer.
    """

    name = "luminance"
    is_grey = True

    def see(self, image: np.ndarray) -> np.ndarray:
        """The image's luminance."""
        return _as_given(grey(luminance(image)), image)

    def recolor(self, style: np.ndarray, counted: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """The style's luminance, with the mean and contrast of the content's luminance."""
        scale, offset = luminance_map(style[counted], reference)
        return _as_given(grey(scale * luminance(style) + offset), style)

    def present(
        self, image: np.ndarray, content: np.ndarray, styles: Sequence[StyleImage] = ()
    ) -> np.ndarray:
        """Combines the image's luminance (Y) with the content's chroma (I and Q).

        The conversion from YIQ to RGB adds Y equally to each channel, so the difference in
        luminance is simply added to the content. Colours outside RGB are clipped.
        """
        return _as_given(content + grey(luminance(image) - luminance(content)), image)


class PlacedColors(ColorMode):
    """Gives each place the content's colour, moved towards the style's, under the result's light.

    The run is the same as with the style's colours. In OKLab, the content's a and b are then given
    the mean and covariance of the style's, smoothed where the result's L has no edges, and put in
    place of the result's. So colours follow the things in the content, and no patch of another
    colour crosses them.

    Source: Kolkin, Kucera, Paris, Sykora, Shechtman and Shakhnarovich, "Neural neighbor style
    transfer", arXiv 2203.13215, 2022, on colour.
    """

    name = "placed"

    def __init__(self, is_flat: bool = False) -> None:
        """`is_flat` is whether the content's colours are noise, which would be amplified."""
        self.is_flat = is_flat

    def for_grey(self) -> ColorMode:
        """The same without the noise."""
        return PlacedColors(is_flat=True)

    def present(
        self, image: np.ndarray, content: np.ndarray, styles: Sequence[StyleImage] = ()
    ) -> np.ndarray:
        """Combines the image's L with the content's a and b, moved to those of the styles."""
        lightness, chroma = to_oklab(image)[..., 0], to_oklab(content)[..., 1:]
        if self.is_flat:
            chroma = np.broadcast_to(chroma.mean(axis=(0, 1)), chroma.shape)
        colors = [each.image[_counted(each.image, each.mask, "style_mask")] for each in styles]
        wanted = to_oklab(np.concatenate(colors))[..., 1:]
        matrix, offset = mean_and_covariance_map(chroma.reshape(-1, 2), wanted, "symmetric")
        radius = max(1, max(content.shape) // PLACED_COLORS_DETAIL)
        smoothed = [
            guided_filter(channel, lightness, radius, PLACED_COLORS_SMOOTHING)
            for channel in np.moveaxis(chroma @ matrix.T + offset, -1, 0)
        ]
        return _as_given(from_oklab(np.stack([lightness, *smoothed], axis=-1)), image)


class LocallyAffine(ColorMode):
    """Recolours the content as the run's image has it: by a linear map around each place.

    The run is the same as with the style's colours, of which nothing but light and colours remains:
    the content keeps its edges, and gets no strokes.
    """

    name = "affine"

    def present(
        self, image: np.ndarray, content: np.ndarray, styles: Sequence[StyleImage] = ()
    ) -> np.ndarray:
        """The content in the colours of the image."""
        return _as_given(recolor_locally(content, image), image)


class MatchedCovariance(ColorMode):
    """Gives the style's colours the mean and covariance of the content's.

    The name is the form of the map, `"cholesky"` or `"symmetric"`: see
    `mean_and_covariance_map`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def for_grey(self) -> ColorMode:
        """Luminance: the image would take on the noise of the content's colours."""
        return Luminance()

    def recolor(self, style: np.ndarray, counted: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """The style, with the mean and covariance of the content's colours."""
        matrix, offset = mean_and_covariance_map(style[counted], reference, self.name)
        return _as_given(style @ matrix.T + offset, style)


class MatchedHistograms(ColorMode):
    """Gives the style's channels the histograms of the content's."""

    name = "histogram"

    def for_grey(self) -> ColorMode:
        """Luminance: channels with one histogram are not equal."""
        return Luminance()

    def recolor(self, style: np.ndarray, counted: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """The style, with the content's histograms wherever its mask is at least 0.5."""
        matched = style.copy()
        matched[counted] = _as_given(match_histograms(style[counted], reference), style)
        return matched


def color_mode(name: str) -> ColorMode:
    """The colour mode with a name, or a `ValueError` that lists the names."""
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


def is_grey(image: np.ndarray, alpha: np.ndarray | None = None) -> bool:
    """Whether an image has the same hue and chroma everywhere, but for noise.

    The image is `(height, width, 3)`, uint8; where alpha, `(height, width)`, is 0, it does not
    count.
    """
    visible = np.full(image.shape[:2], True) if alpha is None or not alpha.any() else alpha > 0
    pixels = image[visible].astype(np.float64)
    chroma = pixels - pixels.mean(axis=1, keepdims=True)
    return bool(np.sqrt(np.square(chroma - chroma.mean(axis=0)).mean()) <= CHROMA_NOISE)


def _counted(image: np.ndarray, mask: np.ndarray | None, name: str) -> np.ndarray:
    """The pixels of an image that its mask selects: array `(height, width)`, bool."""
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


def _as_given(values: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Values in the form of the image they were made of: rounded to uint8, or floats, 0 to 255."""
    clipped = np.clip(values, 0, 255)
    if image.dtype == np.uint8:
        return np.rint(clipped).astype(np.uint8)
    return clipped.astype(np.float32)
