"""What an objective compares: each loss with the content, or with each of the styles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..images.styles import StyleImage
from ..losses.base import Loss
from .features import layer_shapes
from .masks import check_guidable, mask_levels
from .recipe import Recipe, layers_of
from .sizes import check_same_size, losses_of_one_size

WHOLE = 0
"""The number of the region that is all of the image."""

Key = tuple[str, int]
"""A loss's name and the number of a region: which statistic of the image is meant."""

Levels = dict[int, dict[str, np.ndarray]]
"""For each region but the whole: the levels `(height, width)` of its mask, by layer."""


@dataclass(frozen=True)
class Comparison:
    """One loss, one target, one region.

    Attributes:
        loss: The loss.
        source: Number of the image that gives the target: 0 is the content, then the styles.
        region: Number of the region of the image; `WHOLE` is all of it.
        target_region: Likewise of the image that gives the target.
        share: With which part of the loss it counts.
    """

    loss: Loss
    source: int
    region: int
    target_region: int
    share: float

    @property
    def key(self) -> Key:
        """Which statistic of the image is compared."""
        return self.loss.name, self.region

    @property
    def target_key(self) -> Key:
        """Which statistic of the source it is compared with."""
        return self.loss.name, self.target_region


@dataclass(frozen=True)
class Source:
    """An image that gives targets.

    Attributes:
        number: 0 for the content, then the styles.
        image: Array `(1, height, width, 3)`, float32.
        levels: The levels of its regions.
        comparisons: The comparisons whose targets it gives; never none.
    """

    number: int
    image: np.ndarray
    levels: Levels
    comparisons: tuple[Comparison, ...]


def plan_comparisons(losses: Sequence[Loss], styles: Sequence[StyleImage]) -> list[Comparison]:
    """One comparison for each loss of the content or of the image alone, else one for each style.

    A style's content mask and its own mask have its number (from 1) as their region.

    Raises:
        ValueError: If there are masks, and a loss cannot be guided by them.
    """
    if any(style.mask is not None or style.content_mask is not None for style in styles):
        check_guidable(losses)
    comparisons = []
    for loss in losses:
        if loss.target != "style":
            comparisons.append(Comparison(loss, 0, WHOLE, WHOLE, 1.0))
            continue
        for number, style in enumerate(styles, start=1):
            region = WHOLE if style.content_mask is None else number
            target_region = WHOLE if style.mask is None else number
            comparisons.append(Comparison(loss, number, region, target_region, style.share))
    return comparisons


def as_style_images(style: np.ndarray | Sequence[StyleImage]) -> tuple[StyleImage, ...]:
    """The styles of an objective; a batch stands for one style without masks."""
    return (StyleImage(style[0]),) if isinstance(style, np.ndarray) else tuple(style)


def content_levels(recipe: Recipe, content: np.ndarray, styles: Sequence[StyleImage]) -> Levels:
    """The levels of the regions of the image, which has the content's size."""
    masks = {number: style.content_mask for number, style in enumerate(styles, start=1)}
    return _plan_levels(recipe, content, masks, "the content mask")


def target_sources(
    recipe: Recipe,
    comparisons: Sequence[Comparison],
    content: np.ndarray,
    styles: Sequence[StyleImage],
) -> Iterator[Source]:
    """The images that give targets, one after the other, so that one is in memory at a time.

    Raises:
        ValueError: If a style has another size than the content, and a loss needs the same.
    """
    for number, style in enumerate((None, *styles)):
        wanted = tuple(
            each for each in comparisons if each.source == number and each.loss.target is not None
        )
        if not wanted:
            continue
        if style is None:
            yield Source(number, content, {}, wanted)
            continue
        check_same_size(
            content.shape[1:3], style.image.shape[:2], losses_of_one_size(recipe.losses)
        )
        batch = style.image[None].astype(content.dtype)
        levels = _plan_levels(recipe, batch, {number: style.mask}, "the mask")
        yield Source(number, batch, levels, wanted)


def add_up(
    comparisons: Sequence[Comparison], values: Sequence[Any], weights: Mapping[str, Any]
) -> dict[str, Any]:
    """The losses' weighted values by name, from those of their comparisons."""
    terms: dict[str, Any] = {}
    for comparison, value in zip(comparisons, values, strict=True):
        name = comparison.loss.name
        part = value if comparison.share == 1 else comparison.share * value
        terms[name] = terms[name] + part if name in terms else part
    return {name: weights[name] * term for name, term in terms.items()}


def _plan_levels(
    recipe: Recipe, image: np.ndarray, masks: Mapping[int, np.ndarray | None], name: str
) -> Levels:
    """The levels of masks at every layer of the losses that have the style as their target.

    Args:
        recipe: Network and losses.
        image: Array `(1, height, width, 3)`.
        masks: Masks of the image's size by the number of their region.
        name: What errors call the masks.

    Returns:
        The levels of each mask that is not `None`.
    """
    given = {number: mask for number, mask in masks.items() if mask is not None}
    if not given:
        return {}
    layers = layers_of(loss for loss in recipe.losses if loss.target == "style")
    shapes = layer_shapes(recipe.extractor, image, layers)
    return {
        number: {
            layer: mask_levels(
                mask, layer, shapes[layer], recipe.extractor, f"{name} of style {number}"
            )
            for layer in layers
        }
        for number, mask in given.items()
    }
