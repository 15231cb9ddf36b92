"""Styles: their images, weights, sizes and regions, as passed by the user and as used in a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..checks import check_number
from .masks import read_region
from .reading import ImageSource, read_image, scaled_size

ROTATIONS = (0, 90, 180, 270)
"""Quarter turns, in degrees, which leave pixels as they are."""


@dataclass(frozen=True)
class Style:
    """A style image, with its weight, its size and the region where it applies.

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
            0.5 halves the size of its structures.
        mask: A mask of the style image, in any of these forms, of any size and the same shape:
            white where the style is taken from, grey in part. By default, the whole image.
        content_mask: The same for the content: where this style applies. By default, everywhere.
        rotations: By how many degrees the image is turned for its features to be taken: once for
            each of them, in quarter turns. All four offer strokes in every direction.

    Raises:
        ValueError: If the weight or the scale is not above 0, or a rotation is not a quarter turn.
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
                f"{list(ROTATIONS)}, each once. Received: rotations={self.rotations!r}. Pass (0,) "
                "to leave the image as it is."
            )
        for argument, value in (("weight", self.weight), ("scale", self.scale)):
            if check_number(argument, value, minimum=0.0) == 0:
                raise ValueError(
                    f"Invalid value for argument `{argument}` of a style. Expected a number above "
                    f"0. Received: {argument}={value!r}. Leave out styles that should not count."
                )


@dataclass(frozen=True)
class StyleImage:
    """A style at the size of one stage.

    Attributes:
        image: Array `(height, width, 3)`, uint8.
        weight: Its weight in the losses that target the style. If the styles cover the whole
            content, the weights add up to 1.
        mask: Array `(height, width)`, float32, from 0 to 1; `None`: the whole image.
        content_mask: The same at the content's size.
        rotations: By how many degrees the image is turned, for each of its views.
    """

    image: np.ndarray
    weight: float = 1.0
    mask: np.ndarray | None = None
    content_mask: np.ndarray | None = None
    rotations: tuple[int, ...] = (0,)


def resolve_styles(
    style: ImageSource | Style | Sequence[ImageSource | Style], rotations: tuple[int, ...] = (0,)
) -> tuple[Style, ...]:
    """The styles passed to `Trainer.fit`, one or several; a `ValueError` if there are none.

    `rotations` are those of what is no `Style`.
    """
    # A path is a sequence, too.
    several = style if isinstance(style, Sequence) and not isinstance(style, str) else [style]
    if not several:
        raise ValueError(
            "Expected one or more style images. Received: none. Pass a path, an array, a tensor or "
            "a PIL.Image."
        )
    return tuple(
        each if isinstance(each, Style) else Style(each, rotations=rotations) for each in several
    )


def style_names(count: int) -> list[str]:
    """The names of the styles in errors."""
    return ["style"] if count == 1 else [f"style {number}" for number in range(1, count + 1)]


def read_styles(
    styles: Sequence[Style],
    content: ImageSource,
    content_shape: tuple[int, int],
    size: int | None,
    part: float = 1.0,
) -> tuple[StyleImage, ...]:
    r"""Reads style images and masks at the size of a stage, at which the content has that shape.

    The weight $e_s$ of a style in the losses is proportional to the area that it covers, so that
    it is as strong there as a style that covers the whole content:

    $$ e_s = \frac{w_s a_s}{\sum_t w_t a_t} \, u $$

    with the weight $w_s$ that it was given, the mean $a_s$ of the style's content mask, and the
    fraction $u$ of the content that the styles cover together.
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
