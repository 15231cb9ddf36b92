"""Styles: their images, weights, sizes and regions, as passed by the user and as read for a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..checks import check_number
from .masks import read_region
from .reading import ImageSource, read_image, scaled_size

ROTATIONS = (0, 90, 180, 270)
"""Quarter turns, in degrees, which need no interpolation."""


@dataclass(frozen=True)
class Style:
    """A style image with its weight, its size and the region where it applies.

    Example:
    ```python
    sky = Style("starry_night.jpg", content_mask="sky.png")
    house = Style("stained_glass.jpg", scale=0.5, content_mask="house.png")
    trainer.fit("photograph.jpg", [sky, house])
    ```

    Args:
        image: The style image: a path, an array, a tensor or a `PIL.Image`.
        weight: Its weight relative to the other styles.
        scale: Its longer side relative to the content's (or to its own, if `fit` has `size=None`).
            0.5 halves the size of its brush strokes.
        mask: A mask of the style image, in any of these forms and any size with the same aspect
            ratio: white where the style is taken from, gray in part. By default, the whole image.
        content_mask: A mask of the content: white where this style applies. By default,
            everywhere.
        rotations: Rotations of the style image, in degrees: one or more of 0, 90, 180 and 270. Its
            features are computed once per rotation. All four offer strokes in every direction.

    Raises:
        ValueError: If the weight or scale is not above 0, or a rotation is not a quarter turn.
    """

    image: ImageSource
    weight: float = 1.0
    scale: float = 1.0
    mask: ImageSource | None = None
    content_mask: ImageSource | None = None
    rotations: Sequence[int] = (0,)

    def __post_init__(self) -> None:
        turns = set(self.rotations)
        if not turns or len(turns) != len(self.rotations) or not turns <= set(ROTATIONS):
            raise ValueError(
                "Invalid value for argument `rotations` of a style. Expected one or more of "
                f"{list(ROTATIONS)}, without repeats. Received: rotations={self.rotations!r}. Pass "
                "(0,) to leave the image as it is."
            )
        for argument, value in (("weight", self.weight), ("scale", self.scale)):
            if check_number(argument, value, minimum=0.0) == 0:
                raise ValueError(
                    f"Invalid value for argument `{argument}` of a style. Expected a number above "
                    f"0. Received: {argument}={value!r}. Leave out styles that should not apply."
                )


@dataclass(frozen=True)
class StyleImage:
    """A style read at the size of one stage.

    Attributes:
        image: Array `(height, width, 3)`, uint8.
        weight: Its weight in the losses that target the style. The weights add up to the fraction
            of the content that the styles cover.
        mask: Array `(height, width)`, float32, from 0 to 1; `None` is the whole image.
        content_mask: A mask of the content, in the same form at the content's size.
        rotations: Rotations of the image, in degrees.
    """

    image: np.ndarray
    weight: float = 1.0
    mask: np.ndarray | None = None
    content_mask: np.ndarray | None = None
    rotations: tuple[int, ...] = (0,)


def resolve_styles(
    style: ImageSource | Style | Sequence[ImageSource | Style], rotations: tuple[int, ...] = (0,)
) -> tuple[Style, ...]:
    """Normalizes the `style` argument of `Trainer.fit`; raises a `ValueError` if it is empty.

    `rotations` apply to images that are not a `Style`.
    """
    # A string is a sequence, too.
    several = style if isinstance(style, Sequence) and not isinstance(style, str) else [style]
    if not several:
        raise ValueError(
            "Expected one or more style images. Received: an empty sequence. Pass a path, an "
            "array, a tensor or a PIL.Image."
        )
    return tuple(
        each if isinstance(each, Style) else Style(each, rotations=rotations) for each in several
    )


def style_names(count: int) -> list[str]:
    """The names of the styles in error messages."""
    return ["style"] if count == 1 else [f"style {number}" for number in range(1, count + 1)]


def read_styles(
    styles: Sequence[Style],
    content: ImageSource,
    content_shape: tuple[int, int],
    size: int | None,
    part: float = 1.0,
) -> tuple[StyleImage, ...]:
    r"""Reads style images and masks for a stage at which the content has `content_shape`.

    The weight $e_s$ of a style in the losses is proportional to the area that it covers, so that
    it is as strong there as a style that covers the whole content:

    $$ e_s = \frac{w_s a_s}{\sum_t w_t a_t} \, u $$

    where $w_s$ is the style's `weight`, $a_s$ the mean of its content mask, and $u$ the fraction of
    the content that the styles cover together.
    """
    names = style_names(len(styles))
    images = [
        read_image(style.image, scaled_size(style.image, size, part * style.scale, name), name)
        for style, name in zip(styles, names, strict=True)
    ]
    masks = [
        _read_region(style.mask, style.image, image.shape[:2], f"the mask of {name}", name)
        for style, image, name in zip(styles, images, names, strict=True)
    ]
    content_masks = [
        _read_region(
            style.content_mask, content, content_shape, f"the content mask of {name}", "content"
        )
        for style, name in zip(styles, names, strict=True)
    ]
    areas = [1.0 if mask is None else float(mask.mean()) for mask in content_masks]
    covered = 1.0
    given = [mask for mask in content_masks if mask is not None]
    if len(given) == len(styles):
        covered = float(np.maximum.reduce(given).mean())
    parts = [float(style.weight) * area for style, area in zip(styles, areas, strict=True)]
    weights = [covered * part / sum(parts) for part in parts]
    rotations = [tuple(style.rotations) for style in styles]
    return tuple(map(StyleImage, images, weights, masks, content_masks, rotations))


def _read_region(
    mask: ImageSource | None,
    picture: ImageSource,
    shape: tuple[int, int],
    name: str,
    picture_name: str,
) -> np.ndarray | None:
    if mask is None:
        return None
    region = read_region(mask, picture, shape, name, picture_name)
    if not region.any():
        raise ValueError(
            f"Expected {name} to have a region that is not black. Received: a mask that is black "
            "everywhere. Paint the region white."
        )
    return region
