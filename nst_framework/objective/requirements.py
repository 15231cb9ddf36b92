"""Checks that images are large enough for the losses and their layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..losses.base import IMAGE, Loss
from .recipe import Recipe


def check_size(name: str, image: np.ndarray, recipe: Recipe) -> None:
    """Raises a `ValueError` if an image is too small for the losses or their layers.

    Args:
        name: The image's name in the error.
        image: Array `(height, width, 3)`.
        recipe: Network and losses.
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


def losses_of_one_size(losses: Sequence[Loss]) -> list[Loss]:
    """The losses that need a style image of the content's size."""
    return [loss for loss in losses if loss.target == "style" and not loss.target_size_may_differ]


def check_same_size(
    content: tuple[int, ...], style: tuple[int, ...], losses: Sequence[Loss]
) -> None:
    """Raises a `ValueError` if content and style differ in size and a loss compares positions.

    Args:
        content: The content's height and width.
        style: The style's height and width.
        losses: The losses that compare position by position.
    """
    if content != style and losses:
        sizes = [f"{width} x {height}" for height, width in (content, style)]
        raise ValueError(
            f"Expected a style image of the content's size, {sizes[0]} pixels, for "
            f"{type(losses[0]).__name__}, which compares position by position. Received: "
            f"{sizes[1]} pixels. Crop the style image, or use a loss that compares statistics."
        )
