"""A run's requirements for its losses and images, and the errors for unmet ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..losses.base import IMAGE, Loss
from .recipe import Recipe


@dataclass(frozen=True)
class Requirement:
    """A requirement for a loss.

    Attributes:
        is_met: Whether a loss meets it.
        message: The error for a loss that does not; it may contain `{loss}`, its class `{name}`,
            and the sizes `{content}` and `{style}`.
    """

    is_met: Callable[[Loss], bool]
    message: str


MASKS = (
    Requirement(
        lambda loss: loss.ignores_order,
        "Expected losses that do not depend on the order of positions, because a style has a mask. "
        "Received: {name}, whose `ignores_order` is False. Use another loss or no masks; if "
        "shuffling positions does not change the value, set ignores_order = True in the class.",
    ),
    Requirement(
        lambda loss: loss.mean_over_positions != "compare" and loss.window == 1,
        "Expected losses that treat each position separately, because a style has a mask. "
        "Received: {name}, with mean_over_positions={loss.mean_over_positions!r} and "
        "window={loss.window}. Use another loss or no masks.",
    ),
    Requirement(
        lambda loss: type(loss).represent_layers is Loss.represent_layers,
        "Expected losses that treat each layer separately, because a style has a mask. "
        "Received: {name}, which overrides represent_layers. Use another loss or no masks.",
    ),
)
"""Required of the losses that target a style if there are masks."""

ROTATIONS = (
    Requirement(
        lambda loss: loss.mean_over_positions == "represent" or type(loss).join is not Loss.join,
        "Expected losses whose statistics of several images can be joined, because a style has "
        "rotations. Received: {name}, with mean_over_positions={loss.mean_over_positions!r} and "
        "without its own `join` method. Use another loss or rotations=(0,).",
    ),
)
"""Required of the losses that target a style if a style has several rotations."""

_SAME_SIZE = (
    "Expected a style image of the content's size, {content} pixels, for {name}, which compares "
    "position by position. Received: {style} pixels. Crop the style image, or use a loss that "
    "compares statistics."
)

OTHER_SIZE = (Requirement(lambda loss: loss.target_size_may_differ, _SAME_SIZE),)
"""Required of the losses that target a style if its size is not the content's."""

OTHER_SIZE_IN_TILES = (Requirement(lambda loss: loss.mean_over_positions != "compare", _SAME_SIZE),)
"""Also required if the image is evaluated in tiles."""

TILES = (
    Requirement(
        lambda loss: loss.mean_over_positions is not None,
        "Expected losses that are means over positions, because the image is evaluated in tiles. "
        "Received: {name}, whose `mean_over_positions` is None. Set it to 'represent' or 'compare' "
        "if that method returns such a mean, or use tile_size=None and a smaller size.",
    ),
    Requirement(
        lambda loss: type(loss).prepare is Loss.prepare,
        "Expected losses whose targets are the same in every epoch, because the image is evaluated "
        "in tiles. Received: {name}, which overrides `prepare`. Use tile_size=None and a smaller "
        "size.",
    ),
)
"""Required of all losses if the image is evaluated in tiles."""


def check_losses(losses: Iterable[Loss], requirements: Sequence[Requirement]) -> None:
    """Raises a `ValueError` if a loss does not meet a requirement."""
    _check(losses, requirements, content="", style="")


def check_style_size(
    content: tuple[int, ...],
    style: tuple[int, ...],
    losses: Iterable[Loss],
    requirements: Sequence[Requirement] = OTHER_SIZE,
) -> None:
    """Raises a `ValueError` if a loss needs a style of the content's `(height, width)`."""
    if content != style:
        sizes = [f"{width} x {height}" for height, width in (content, style)]
        _check(style_losses(losses), requirements, *sizes)


def style_losses(losses: Iterable[Loss]) -> list[Loss]:
    """The losses that target a style."""
    return [loss for loss in losses if loss.target == "style"]


def check_size(name: str, image: np.ndarray, recipe: Recipe) -> None:
    """Raises a `ValueError` if an image `(height, width, 3)` is too small for the losses.

    Each layer needs at least as many features as a loss's window covers.
    """
    layers = recipe.network_layers
    minimum = recipe.extractor.minimum_size(layers) if layers else 1
    for loss in recipe.losses:
        for layer in loss.layers:
            field = None if layer == IMAGE else recipe.extractor.receptive_field(layer)
            minimum = max(minimum, loss.window * (1 if field is None else field.stride))
    height, width = image.shape[:2]
    if min(height, width) < minimum:
        raise ValueError(
            f"Expected {name} to be at least {minimum} pixels high and wide for the losses and "
            f"their layers. Received: {height} x {width} pixels (height x width). Choose a larger "
            "size or scale, or shallower layers."
        )


def _check(
    losses: Iterable[Loss], requirements: Sequence[Requirement], content: str, style: str
) -> None:
    for loss in losses:
        for each in requirements:
            if not each.is_met(loss):
                name = type(loss).__name__
                raise ValueError(
                    each.message.format(loss=loss, name=name, content=content, style=style)
                )
