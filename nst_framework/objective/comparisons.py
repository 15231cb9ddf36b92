"""What an objective compares: the image with the content or with each style, for each loss."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from ..checks import check_scalar
from ..images.styles import StyleImage
from ..losses.base import Loss
from .features import layer_shapes
from .masks import mask_levels
from .recipe import Recipe, layers_of
from .requirements import MASKS, ROTATIONS, check_losses, check_style_size, style_losses

CONTENT = 0
"""The number of the content among the images that provide targets; the styles follow."""

WHOLE = 0
"""The number of the region that covers the whole image."""

Key = tuple[str, int]
"""A loss's name and the number of a region, which identify a statistic of the image."""

Levels = dict[int, dict[str, np.ndarray]]
"""For each region except the whole: the levels `(height, width)` of its mask, by layer."""


@dataclass(frozen=True)
class Comparison:
    """One loss, one target, one region.

    Attributes:
        loss: The loss.
        source: Number of the image that provides the target: 0 for the content, then the styles.
        region: Number of the region of the image; `WHOLE` for the whole image.
        target_region: The same for the image that provides the target.
        factor: The factor with which it counts towards the loss.
    """

    loss: Loss
    source: int
    region: int
    target_region: int
    factor: float

    @property
    def key(self) -> Key:
        """Identifies the statistic of the image that is compared."""
        return self.loss.name, self.region

    @property
    def target_key(self) -> Key:
        """Identifies the statistic of the source with which it is compared."""
        return self.loss.name, self.target_region


@dataclass(frozen=True)
class Source:
    """An image that provides targets; a style with several rotations is several such images.

    Attributes:
        number: 0 for the content, then the styles.
        image: Array `(1, height, width, 3)`, float32.
        levels: The levels of its regions.
        comparisons: The comparisons for which it provides the target; at least one.
    """

    number: int
    image: np.ndarray
    levels: Levels
    comparisons: tuple[Comparison, ...]


def plan_comparisons(losses: Sequence[Loss], styles: Sequence[StyleImage]) -> list[Comparison]:
    """Plans one comparison for each loss, or one for each style if the loss targets the style.

    The content mask of a style and its own mask define the region with its number (from 1).
    """
    if any(style.mask is not None or style.content_mask is not None for style in styles):
        check_losses(style_losses(losses), MASKS)
    if any(len(style.rotations) > 1 for style in styles):
        check_losses(style_losses(losses), ROTATIONS)
    comparisons = []
    for loss in losses:
        if loss.target != "style":
            comparisons.append(Comparison(loss, 0, WHOLE, WHOLE, 1.0))
            continue
        for number, style in enumerate(styles, start=1):
            region = WHOLE if style.content_mask is None else number
            target_region = WHOLE if style.mask is None else number
            comparisons.append(Comparison(loss, number, region, target_region, style.weight))
    return comparisons


def as_style_images(style: np.ndarray | Sequence[StyleImage]) -> tuple[StyleImage, ...]:
    """The styles of an objective; a batch stands for one style without masks."""
    return (StyleImage(style[0]),) if isinstance(style, np.ndarray) else tuple(style)


def content_levels(recipe: Recipe, content: np.ndarray, styles: Sequence[StyleImage]) -> Levels:
    """The levels of the regions of the image, which has the content's size."""
    masks = {number: style.content_mask for number, style in enumerate(styles, start=1)}
    return _plan_levels(recipe, content, masks, "the content mask")


def levels_digest(levels: Levels) -> str:
    """Identifies the levels, which are part of the functions that are compiled for them."""
    digest = hashlib.sha256()
    for region, layers in levels.items():
        for layer, array in layers.items():
            digest.update(f"{region} {layer} {array.shape}".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


def target_sources(
    recipe: Recipe,
    comparisons: Sequence[Comparison],
    content: np.ndarray,
    styles: Sequence[StyleImage],
) -> Iterator[Source]:
    """Yields the images that provide targets, one at a time to save memory."""
    for number, style in enumerate((None, *styles)):
        wanted = tuple(
            each for each in comparisons if each.source == number and each.loss.target is not None
        )
        if not wanted:
            continue
        if style is None:
            yield Source(number, content, {}, wanted)
            continue
        check_style_size(content.shape[1:3], style.image.shape[:2], recipe.losses)
        for rotation in style.rotations:
            batch = _turned(style.image, rotation)[None].astype(content.dtype)
            mask = None if style.mask is None else _turned(style.mask, rotation)
            levels = _plan_levels(recipe, batch, {number: mask}, "the mask")
            yield Source(number, batch, levels, wanted)


def depends_on_image(loss: Loss) -> bool:
    """Whether the targets of a loss are prepared anew for the image with which an epoch begins."""
    return type(loss).prepare is not Loss.prepare


def join_views(loss: Loss, views: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The statistics by layer of a source's views, joined to those of one image."""
    if len(views) == 1:
        return dict(views[0])
    return {layer: loss.join([view[layer] for view in views]) for layer in views[0]}


def compare(
    loss: Loss, statistics: Mapping[str, Any], targets: Mapping[str, Any], dtype: Any
) -> Any:
    """The loss of statistics by layer, a scalar tensor of that dtype.

    A NumPy constant in the user's code makes the loss float64 on some backends, where it could not
    be added to others.
    """
    value = loss.compare_layers(statistics, targets)
    return ops.cast(check_scalar(value, type(loss).compare_layers), dtype)


def add_up(
    comparisons: Sequence[Comparison], values: Sequence[Any], weights: Mapping[str, Any]
) -> dict[str, Any]:
    """Adds up the values of the comparisons to the weighted values of the losses, by name."""
    terms: dict[str, Any] = {}
    for comparison, value in zip(comparisons, values, strict=True):
        name = comparison.loss.name
        part = value if comparison.factor == 1 else comparison.factor * value
        terms[name] = terms[name] + part if name in terms else part
    return {name: weights[name] * term for name, term in terms.items()}


def _turned(array: np.ndarray, degrees: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(array, degrees // 90))


def _plan_levels(
    recipe: Recipe, image: np.ndarray, masks: Mapping[int, np.ndarray | None], name: str
) -> Levels:
    """The levels of masks at every layer of the losses that target the style.

    The masks are of the size of the image `(1, height, width, 3)`, by the number of their region.
    """
    given = {number: mask for number, mask in masks.items() if mask is not None}
    if not given:
        return {}
    layers = layers_of(style_losses(recipe.losses))
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
