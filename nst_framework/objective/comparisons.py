"""Plans an objective's comparisons: each loss with the content or with each style."""

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
"""The number of the content among the sources; the styles follow."""

WHOLE = 0
"""The number of the region that covers the whole image."""

Key = tuple[str, int]
"""A loss's name and the number of a region, which identify a statistic of the image."""

Levels = dict[int, dict[str, np.ndarray]]
"""For each region except `WHOLE`: the levels `(height, width)` of its mask, by layer."""


@dataclass(frozen=True)
class Comparison:
    """A loss, a target and a region.

    Attributes:
        loss: The loss.
        source: Number of the image that provides the target: 0 for the content, then the styles.
        region: Number of the image's region; `WHOLE` for the whole image.
        target_region: Number of the source's region.
        factor: The comparison's factor in the loss.
    """

    loss: Loss
    source: int
    region: int
    target_region: int
    factor: float

    @property
    def key(self) -> Key:
        """Identifies the compared statistic of the image."""
        return self.loss.name, self.region

    @property
    def target_key(self) -> Key:
        """Identifies the compared statistic of the source."""
        return self.loss.name, self.target_region


@dataclass(frozen=True)
class Source:
    """An image that provides targets; each rotation of a style is a separate source.

    Attributes:
        number: 0 for the content, then the styles.
        image: Array `(1, height, width, 3)`, float32.
        levels: The levels of its regions.
        comparisons: One or more comparisons for which it provides the target.
    """

    number: int
    image: np.ndarray
    levels: Levels
    comparisons: tuple[Comparison, ...]


def plan_comparisons(losses: Sequence[Loss], styles: Sequence[StyleImage]) -> list[Comparison]:
    """Plans one comparison for each loss, or one per style if the loss targets the style.

    A style's content mask and its own mask define the region with the style's number (from 1).
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
    """The styles of an objective; an array `(1, height, width, 3)` is one style without masks."""
    return (StyleImage(style[0]),) if isinstance(style, np.ndarray) else tuple(style)


def content_levels(recipe: Recipe, content: np.ndarray, styles: Sequence[StyleImage]) -> Levels:
    """The levels of the image's regions; the image has the content's size."""
    masks = {number: style.content_mask for number, style in enumerate(styles, start=1)}
    return _plan_levels(recipe, content, masks, "the content mask")


def levels_digest(levels: Levels) -> str:
    """Identifies levels, which are constants in the functions compiled for them."""
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
        own = tuple(
            each for each in comparisons if each.source == number and each.loss.target is not None
        )
        if not own:
            continue
        if style is None:
            yield Source(number, content, {}, own)
            continue
        check_style_size(content.shape[1:3], style.image.shape[:2], recipe.losses)
        for rotation in style.rotations:
            batch = _rotated(style.image, rotation)[None].astype(content.dtype)
            mask = None if style.mask is None else _rotated(style.mask, rotation)
            levels = _plan_levels(recipe, batch, {number: mask}, "the mask")
            yield Source(number, batch, levels, own)


def depends_on_image(loss: Loss) -> bool:
    """Whether a loss prepares its targets for the image at the start of each epoch."""
    return type(loss).prepare is not Loss.prepare


def join_views(loss: Loss, views: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Joins the statistics by layer of a style's views into those of one image."""
    if len(views) == 1:
        return dict(views[0])
    return {layer: loss.join([view[layer] for view in views]) for layer in views[0]}


def compare(
    loss: Loss, statistics: Mapping[str, Any], targets: Mapping[str, Any], dtype: Any
) -> Any:
    """The loss of statistics by layer, as a scalar tensor of the given dtype.

    On some backends, a NumPy constant in the user's code makes the loss float64, which cannot be
    added to other losses there.
    """
    value = loss.compare_layers(statistics, targets)
    return ops.cast(check_scalar(value, type(loss).compare_layers), dtype)


def add_up(
    comparisons: Sequence[Comparison], values: Sequence[Any], weights: Mapping[str, Any]
) -> dict[str, Any]:
    """Sums the comparisons' values into the weighted values of the losses, by name."""
    terms: dict[str, Any] = {}
    for comparison, value in zip(comparisons, values, strict=True):
        name = comparison.loss.name
        part = value if comparison.factor == 1 else comparison.factor * value
        terms[name] = terms[name] + part if name in terms else part
    return {name: weights[name] * term for name, term in terms.items()}


def _rotated(array: np.ndarray, degrees: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(array, degrees // 90))


def _plan_levels(
    recipe: Recipe, image: np.ndarray, masks: Mapping[int, np.ndarray | None], name: str
) -> Levels:
    """The levels of masks at every layer of the losses that target the style.

    The masks, by the number of their region, have the size of the image `(1, height, width, 3)`.
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
