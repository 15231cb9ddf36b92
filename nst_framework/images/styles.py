"""Styles: their images, weights, sizes and regions, as a user gives them and as a run has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..checks import check_number
from .reading import ImageSource, read_mask, read_scaled_image


@dataclass(frozen=True)
class Style:
    """A style image, how much it counts, how large it is, and where it goes.

    Example:
    ```python
    sky = Style("starry_night.jpg", content_mask="sky.png")
    house = Style("stained_glass.jpg", scale=0.5, content_mask="house.png")
    trainer.fit("photograph.jpg", [sky, house])
    ```

    Args:
        image: Path or array of the style image.
        weight: How much it counts, relative to the other styles.
        scale: Its longer side relative to the content's (to its own, where `fit` has `size=None`).
            Half of it: structures half as large.
        mask: Path or array of a mask of the style image, of any size: only what is white in it is
            the style. Grey counts in part. By default all of it.
        content_mask: Likewise of the content: where this style goes. By default everywhere.

    Raises:
        ValueError: If weight or scale is not above 0.
    """

    image: ImageSource
    weight: float = 1.0
    scale: float = 1.0
    mask: ImageSource | None = None
    content_mask: ImageSource | None = None

    def __post_init__(self) -> None:
        for argument, value in (("weight", self.weight), ("scale", self.scale)):
            if check_number(argument, value, minimum=0.0) == 0:
                raise ValueError(
                    f"Invalid value for argument `{argument}` of a style. Expected a number above "
                    f"0. Received: {argument}={value!r}."
                )


@dataclass(frozen=True)
class StyleImage:
    """A style at the size of one stage.

    Attributes:
        image: Array `(height, width, 3)`, uint8.
        share: Its part of the losses that have the style as their target. Where styles cover all
            of the content, the shares add up to 1.
        mask: Array `(height, width)` from 0 to 1, float32; `None`: all of it.
        content_mask: Likewise, of the content's size.
    """

    image: np.ndarray
    share: float = 1.0
    mask: np.ndarray | None = None
    content_mask: np.ndarray | None = None


def resolve_styles(style: ImageSource | Style | Sequence[ImageSource | Style]) -> tuple[Style, ...]:
    """The styles that `Trainer.fit` was given, one or several, or a `ValueError` if none."""
    several = [style] if isinstance(style, Style | str | np.ndarray) else style
    if not isinstance(several, Sequence):
        several = [several]
    if not several:
        raise ValueError("Expected one style image or more. Received: none.")
    return tuple(each if isinstance(each, Style) else Style(each) for each in several)


def style_names(count: int) -> list[str]:
    """What errors call the styles."""
    return ["style"] if count == 1 else [f"style {number}" for number in range(1, count + 1)]


def read_styles(
    styles: Sequence[Style], content_shape: tuple[int, int], size: int | None, part: float = 1.0
) -> tuple[StyleImage, ...]:
    r"""Reads style images and masks at the size of a stage.

    A style that covers a part of the content counts for that part, so that it is as strong there
    as one that covers all of it:

    $$ e_s = \frac{w_s a_s}{\sum_t w_t a_t} \, u $$

    with the weight $w_s$, the mean $a_s$ of the style's content mask, and the part $u$ of the
    content that any style covers.

    Args:
        styles: The styles.
        content_shape: Height and width of the content at this stage.
        size: Length of the longer side at scale 1, in pixels; `None`: the style images' own.
        part: The stage's part of that size.

    Returns:
        The styles in the same order.

    Raises:
        ValueError: If an image or a mask is none, or a mask is black all over.
    """
    names = style_names(len(styles))
    images = [
        read_scaled_image(style.image, size, part * style.scale, name)
        for style, name in zip(styles, names, strict=True)
    ]
    masks = [
        _read_region(style.mask, image.shape[:2], f"the mask of {name}")
        for style, image, name in zip(styles, images, names, strict=True)
    ]
    content_masks = [
        _read_region(style.content_mask, content_shape, f"the content mask of {name}")
        for style, name in zip(styles, names, strict=True)
    ]
    areas = [1.0 if mask is None else float(mask.mean()) for mask in content_masks]
    covered = 1.0
    given = [mask for mask in content_masks if mask is not None]
    if len(given) == len(styles):
        covered = float(np.maximum.reduce(given).mean())
    parts = [float(style.weight) * area for style, area in zip(styles, areas, strict=True)]
    shares = [covered * part / sum(parts) for part in parts]
    return tuple(map(StyleImage, images, shares, masks, content_masks))


def _read_region(
    source: ImageSource | None, shape: tuple[int, int], name: str
) -> np.ndarray | None:
    if source is None:
        return None
    mask = read_mask(source, shape, name)
    if not mask.any():
        raise ValueError(
            f"Expected {name} to have a region that is not black. Received: a mask without one. "
            "Paint the region white."
        )
    return mask
