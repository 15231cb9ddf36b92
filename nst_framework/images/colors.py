"""Colour modes: where the result's colours come from, the style or the content."""

from __future__ import annotations

import numpy as np

from ..checks import did_you_mean
from ..defaults import COLOR_MODES
from .color_matching import (
    grey,
    luminance,
    luminance_map,
    match_histograms,
    mean_and_covariance_map,
)


class ColorMode:
    """What a run sees of the content and the style, and what becomes of its image.

    This is the mode `"style"`, in which all colours stay as they are; subclasses change them.

    Attributes:
        name: One of `COLOR_MODES`.
    """

    name = "style"

    def see(self, image: np.ndarray) -> np.ndarray:
        """The content, or an image of its colours, as a run sees it.

        Args:
            image: Array `(height, width, 3)`, uint8.

        Returns:
            Array of the same shape, uint8.
        """
        return image

    def match(
        self,
        style: np.ndarray,
        content: np.ndarray,
        style_mask: np.ndarray | None = None,
        content_mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """The style as a run sees it.

        Args:
            style: Array `(height, width, 3)`, uint8.
            content: Array `(height, width, 3)`, uint8; its size may differ.
            style_mask: Array `(height, width)`, 0 to 1: the style's colours count only where it is
                at least 0.5. `None`, or a mask that is smaller everywhere: they count everywhere.
                Apart from `"histogram"`, which has no map for colours that it has not seen, the
                whole style is changed.
            content_mask: The same for the content's colours.

        Returns:
            Array `(height, width, 3)`, uint8.

        Raises:
            ValueError: If a mask differs in size from its image.
        """
        return style

    def project_gradient(self, gradient: np.ndarray) -> np.ndarray:
        """The part of a gradient `(1, height, width, 3)` along which a run's image may move."""
        return gradient

    def present(self, image: np.ndarray, content: np.ndarray) -> np.ndarray:
        """A run's image as it is shown and saved.

        Args:
            image: Array `(height, width, 3)`, uint8.
            content: Array of the same shape, uint8, in its own colours.

        Returns:
            Array of the same shape, uint8.
        """
        return image


class Luminance(ColorMode):
    """Only light and dark change: a run on grey images, with the content's chroma put back.

    Source: Gatys et al., "Preserving color in neural artistic style transfer", arXiv 1606.05897,
    2016, on luminance-only transfer.
    """

    name = "luminance"

    def see(self, image: np.ndarray) -> np.ndarray:
        """The image's luminance."""
        return _to_bytes(grey(luminance(image)))

    def match(
        self,
        style: np.ndarray,
        content: np.ndarray,
        style_mask: np.ndarray | None = None,
        content_mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """The style's luminance with the mean and contrast of the content's."""
        pixels, reference = _counted_pixels(style, content, style_mask, content_mask)
        scale, offset = luminance_map(pixels, reference)
        return _to_bytes(grey(scale * luminance(style) + offset))

    def project_gradient(self, gradient: np.ndarray) -> np.ndarray:
        """The part along grey, which is the mean over the channels."""
        return np.repeat(gradient.mean(axis=-1, keepdims=True), 3, axis=-1)

    def present(self, image: np.ndarray, content: np.ndarray) -> np.ndarray:
        """The image's luminance with the content's chroma: Y of one with I and Q of the other.

        The way back from YIQ to RGB adds Y to each channel alike, so the difference of the
        luminances is added to the content. Colours outside RGB are clipped.
        """
        return _to_bytes(content + grey(luminance(image) - luminance(content)))


class MatchedCovariance(ColorMode):
    """The style's colours are moved to the mean and covariance of the content's.

    Args:
        name: The form of the map, `"cholesky"` or `"symmetric"`: see `mean_and_covariance_map`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def match(
        self,
        style: np.ndarray,
        content: np.ndarray,
        style_mask: np.ndarray | None = None,
        content_mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """The style with the content's mean and covariance of colours."""
        pixels, reference = _counted_pixels(style, content, style_mask, content_mask)
        matrix, offset = mean_and_covariance_map(pixels, reference, self.name)
        return _to_bytes(style @ matrix.T + offset)


class MatchedHistograms(ColorMode):
    """The style's channels get the histograms of the content's."""

    name = "histogram"

    def match(
        self,
        style: np.ndarray,
        content: np.ndarray,
        style_mask: np.ndarray | None = None,
        content_mask: np.ndarray | None = None,
    ) -> np.ndarray:
        """The style with the content's histograms, where its mask is at least 0.5."""
        pixels, reference = _counted_pixels(style, content, style_mask, content_mask)
        matched = style.copy()
        matched[_counted(style, style_mask, "style_mask")] = _to_bytes(
            match_histograms(pixels, reference)
        )
        return matched


def color_mode(name: str) -> ColorMode:
    """The colour mode of a name, or a `ValueError` that lists the names.

    Args:
        name: One of `COLOR_MODES`. `"style"`: the style's colours. `"luminance"`: the content's,
            only light and dark change. `"cholesky"`, `"symmetric"`: the style's, moved to the
            content's mean and covariance in one of two forms. `"histogram"`: the style's, moved to
            the content's histograms.
    """
    modes = [
        ColorMode(),
        Luminance(),
        MatchedCovariance("cholesky"),
        MatchedCovariance("symmetric"),
        MatchedHistograms(),
    ]
    for mode in modes:
        if mode.name == name:
            return mode
    raise ValueError(
        f"Invalid value for argument `color`. Expected one of: {', '.join(COLOR_MODES)}. "
        f"Received: color={name!r}.{did_you_mean(name, COLOR_MODES)}"
    )


def _counted_pixels(
    style: np.ndarray,
    content: np.ndarray,
    style_mask: np.ndarray | None,
    content_mask: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """The pixels `(n, 3)` of style and content whose colours count."""
    return (
        style[_counted(style, style_mask, "style_mask")],
        content[_counted(content, content_mask, "content_mask")],
    )


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
