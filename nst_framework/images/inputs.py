"""Content and styles, as passed by the user and at one scale."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..checks import check_integer
from ..fingerprints import fingerprint
from .colors import GRAY_SIZE, ColorMode, color_mode, is_gray
from .pixels import to_batch
from .reading import ImageSource, image_layout, scaled_size
from .styles import Style, StyleImage, read_styles, resolve_styles
from .transparency import read_cut_out


@dataclass(frozen=True)
class ScaledInputs:
    """Content and styles at one scale.

    Attributes:
        content: Array `(height, width, 3)`, uint8, in its own colors; transparent areas are
            filled with nearby colors.
        styles: The styles; their images may differ in size.
        color: The color mode, which decides where the result's colors come from.
        alpha: The content's opacity, array `(height, width)`, uint8; `None` if fully opaque.
    """

    content: np.ndarray
    styles: tuple[StyleImage, ...]
    color: ColorMode = field(default_factory=ColorMode)
    alpha: np.ndarray | None = None

    @property
    def size(self) -> int:
        """The longer side of the content, in pixels."""
        return max(self.content.shape[:2])

    def present(self, pixels: np.ndarray) -> np.ndarray:
        """Converts an image for display and saving: applies the color mode and adds alpha, if any.

        The dtype is preserved: uint8, or floats from 0 to 255. The shape `(height, width, 3)` stays
        the same or, with alpha, becomes `(height, width, 4)`.
        """
        return self.with_alpha(self.color.present(pixels, self.content, self.styles))

    def with_alpha(self, pixels: np.ndarray) -> np.ndarray:
        """Attaches the content's alpha, if any, to an image of its size."""
        if self.alpha is None:
            return pixels
        return np.concatenate([pixels, self.alpha[..., None].astype(pixels.dtype)], axis=2)

    def prepare(self, pixels: np.ndarray) -> np.ndarray:
        """Converts the content, or an image of its size, to the objective's input.

        An array `(height, width, 3)`, uint8, becomes `(1, height, width, 3)`, float32.
        """
        return to_batch(self.color.prepare(pixels))

    def describe(self) -> dict[str, Any]:
        """Identifies the images in a checkpoint."""
        return {
            "content": fingerprint(self.content),
            "style": [
                {
                    "image": fingerprint(style.image),
                    "share": style.weight,
                    "rotations": list(style.rotations),
                    "mask": None if style.mask is None else fingerprint(style.mask),
                    "content_mask": (
                        None if style.content_mask is None else fingerprint(style.content_mask)
                    ),
                }
                for style in self.styles
            ],
            "color": self.color.name,
        }


@dataclass(frozen=True)
class Inputs:
    """Content and styles, as passed by the user.

    Attributes:
        content: The content image.
        styles: The styles.
        size: Length of the longer sides, in pixels; `None` keeps the original sizes.
        color: The color mode, which decides where the result's colors come from.
        multiple: Height and width of the content are rounded to multiples of this, in pixels.
    """

    content: ImageSource
    styles: tuple[Style, ...]
    size: int | None
    color: ColorMode
    multiple: int = 1

    def __post_init__(self) -> None:
        if self.size is not None:
            check_integer("size", self.size, minimum=1)

    @functools.cached_property
    def longer_side(self) -> int:
        """The longer side of the content at full size, in pixels."""
        if self.size is not None:
            return self.size
        layout = image_layout(self.content, "content")
        return max(layout.width, layout.height)

    @functools.cached_property
    def resolved_color(self) -> ColorMode:
        """The color mode for this content, the same at all scales."""
        mode = self.color.for_gray()
        if mode is self.color:
            return mode
        return mode if is_gray(*read_cut_out(self.content, GRAY_SIZE, "content")) else self.color

    def read(self, scale: float) -> ScaledInputs:
        """Reads content and styles from the originals, at a fraction of the size."""
        color = self.resolved_color
        size = scaled_size(self.content, self.size, scale, "content")
        shape = None if self.multiple == 1 else self._rounded_shape(size)
        content, alpha = read_cut_out(self.content, size, "content", shape)
        styles = tuple(
            replace(
                style,
                image=color.match(
                    style.image, content, style.mask, _visible(style.content_mask, alpha)
                ),
            )
            for style in read_styles(self.styles, self.content, content.shape[:2], self.size, scale)
        )
        return ScaledInputs(content, styles, color=color, alpha=alpha)

    def _rounded_shape(self, size: int | None) -> tuple[int, int]:
        """The height and width at a longer side, rounded to multiples."""
        layout = image_layout(self.content, "content")
        factor = 1.0 if size is None else size / max(layout.width, layout.height)
        height, width = (
            self.multiple * max(1, round(factor * side / self.multiple))
            for side in (layout.height, layout.width)
        )
        return height, width


def make_inputs(
    content: ImageSource,
    style: ImageSource | Style | Sequence[ImageSource | Style],
    size: int | None,
    color: str,
    rotations: tuple[int, ...] = (0,),
    multiple: int = 1,
) -> Inputs:
    """Collects and checks the inputs of `Trainer.fit` without reading the images.

    `rotations` apply to styles that are passed as images instead of `Style` objects.
    """
    return Inputs(content, resolve_styles(style, rotations), size, color_mode(color), multiple)


def _visible(mask: np.ndarray | None, alpha: np.ndarray | None) -> np.ndarray | None:
    """The content mask multiplied by the opacity; `None` if everything is visible."""
    if alpha is None:
        return mask
    opacity = alpha.astype(np.float32) / 255
    return opacity if mask is None else mask * opacity
