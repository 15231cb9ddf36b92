"""Content and styles: as passed by the user, and at one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..checks import check_integer
from ..fingerprints import fingerprint
from .colors import ColorMode, color_mode
from .pixels import to_batch
from .reading import ImageSource, read_alpha, read_scaled_image
from .styles import Style, StyleImage, read_styles, resolve_styles


@dataclass(frozen=True)
class ScaledInputs:
    """Content and styles at one scale.

    Attributes:
        content: Array `(height, width, 3)`, uint8, in its own colours.
        styles: The styles; their images may differ in size.
        color: Where the result's colours come from.
        alpha: The content's opacity, array `(height, width)`, uint8; `None`: opaque everywhere.
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
        """Converts an image to what is shown and saved: in the mode's colours, with alpha if any.

        Both are uint8: `(height, width, 3)` becomes that or, with alpha, `(height, width, 4)`.
        """
        colored = self.color.present(pixels, self.content, self.styles)
        if self.alpha is None:
            return colored
        return np.concatenate([colored, self.alpha[..., None]], axis=2)

    def see(self, pixels: np.ndarray) -> np.ndarray:
        """Converts the content, or an image of its size, to what the objective expects.

        An array `(height, width, 3)`, uint8, becomes `(1, height, width, 3)`, float32.
        """
        return to_batch(self.color.see(pixels))

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
        size: Length of the longer sides, in pixels; `None`: the sizes of the images.
        color: Where the result's colours come from.
    """

    content: ImageSource
    styles: tuple[Style, ...]
    size: int | None
    color: ColorMode

    def __post_init__(self) -> None:
        if self.size is not None:
            check_integer("size", self.size, minimum=1)

    def read(self, scale: float) -> ScaledInputs:
        """Reads content and styles at a fraction of the size, always from the original."""
        content = read_scaled_image(self.content, self.size, scale, "content")
        shape = content.shape[:2]
        styles = tuple(
            replace(
                style,
                image=self.color.match(style.image, content, style.mask, style.content_mask),
            )
            for style in read_styles(self.styles, shape, self.size, scale)
        )
        return ScaledInputs(
            content, styles, color=self.color, alpha=read_alpha(self.content, shape, "content")
        )


def make_inputs(
    content: ImageSource,
    style: ImageSource | Style | Sequence[ImageSource | Style],
    size: int | None,
    color: str,
    rotations: tuple[int, ...] = (0,),
) -> Inputs:
    """Collects and checks the inputs of `Trainer.fit`, without reading the images yet.

    Styles that are passed as images, and not as a `Style`, are given the rotations.
    """
    return Inputs(content, resolve_styles(style, rotations), size, color_mode(color))
