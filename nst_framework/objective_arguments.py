"""What `Trainer.compile` and `fit` are given, checked and completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .backend import has_native_bfloat16
from .checks import check_number
from .extractors.base import FeatureExtractor
from .losses.base import IMAGE, Loss

PRECISIONS = {"float32": None, "mixed_bfloat16": "bfloat16"}
"""Type of number inside the network, where it is not the image's, by Keras's policies' names."""


def resolve_precision(precision: str) -> str:
    """The precision itself; for `"auto"` the one that is fastest on this machine.

    Raises:
        ValueError: If it is not one of those that there are.
    """
    if precision == "auto":
        return "mixed_bfloat16" if has_native_bfloat16() else "float32"
    if precision not in PRECISIONS:
        raise ValueError(
            "Invalid value for argument `precision`. Expected 'auto' or one of "
            f"{list(PRECISIONS)}. Received: precision={precision!r}."
        )
    return precision


def compute_dtype(precision: str) -> str | None:
    """Type of number inside the network for a precision; `None`: the image's."""
    return PRECISIONS[resolve_precision(precision)]


def resolve_loss_weights(
    losses: Sequence[Loss], loss_weights: Mapping[str, float] | Sequence[float] | None
) -> dict[str, float]:
    """A weight for each loss by name, from what `Trainer.compile` was given.

    Args:
        losses: The losses.
        loss_weights: Weights in the losses' order, or by name. Losses that are not named have
            their class's `default_weight`.

    Returns:
        `{name: weight}`, one entry for each loss.

    Raises:
        ValueError: If there are too many or too few, or one is negative or not finite.
    """
    names = [loss.name for loss in losses]
    given: Mapping[str, float] | None = None
    if loss_weights is None or isinstance(loss_weights, Mapping):
        given = loss_weights or {}
    elif isinstance(loss_weights, Sequence) and len(loss_weights) == len(names):
        given = dict(zip(names, loss_weights, strict=True))
    if given is None or not set(given) <= set(names):
        raise ValueError(
            "Invalid value for argument `loss_weights`. Expected one weight for each loss, or "
            f"weights by name for some of {names}. Received: loss_weights={loss_weights!r}."
        )
    weights = {loss.name: loss.default_weight for loss in losses}
    for name, weight in given.items():
        weights[name] = check_number(f"loss_weights[{name!r}]", weight, minimum=0.0)
    return weights


def resolve_losses(loss: Loss | Sequence[Loss], extractor: FeatureExtractor) -> tuple[Loss, ...]:
    """The losses, or a `ValueError` if there is none, or names or layers are wrong."""
    losses = (loss,) if isinstance(loss, Loss) else tuple(loss)
    if not losses or not all(isinstance(each, Loss) for each in losses):
        raise ValueError(
            "Invalid value for argument `loss`. Expected one Loss or more, such as "
            f"[ContentLoss(), StyleLoss()]. Received: loss={loss!r}."
        )
    names = [each.name for each in losses]
    if len(set(names)) != len(names) or "loss" in names:
        raise ValueError(
            "Invalid value for argument `loss`. Expected losses with different names, none of "
            f"them 'loss'. Received: {names}. Pass a name to their constructors."
        )
    for each in losses:
        extractor.check_layers([layer for layer in each.layers if layer != IMAGE])
    return losses


def check_size(
    name: str, image: np.ndarray, extractor: FeatureExtractor, losses: Sequence[Loss]
) -> None:
    """Raises a `ValueError` if the image is too small for the deepest of the layers."""
    layers = [layer for loss in losses for layer in loss.layers if layer != IMAGE]
    minimum = extractor.minimum_size(layers) if layers else 1
    for loss in losses:
        for layer in loss.layers:
            field = None if layer == IMAGE else extractor.receptive_field(layer)
            minimum = max(minimum, loss.window * (1 if field is None else field.stride))
    height, width = image.shape[:2]
    if min(height, width) < minimum:
        raise ValueError(
            f"Expected {name} to be at least {minimum} pixels high and wide, for the losses and "
            f"their layers. Received: {height} x {width} pixels (height x width). Choose a larger "
            "size or scale, or shallower layers."
        )


def check_same_size(content: np.ndarray, style: np.ndarray, losses: Sequence[Loss]) -> None:
    """Raises a `ValueError` if a loss needs a style image of the content's size and has another."""
    for loss in losses:
        if loss.target == "style" and not loss.target_size_may_differ:
            sizes = [f"{width} x {height}" for height, width, _ in (content.shape, style.shape)]
            if sizes[0] != sizes[1]:
                raise ValueError(
                    f"Expected a style image of the content's size, {sizes[0]} pixels, for "
                    f"{type(loss).__name__}, which compares position by position. Received: "
                    f"{sizes[1]} pixels. Crop the style image, or use a loss that compares "
                    "statistics."
                )
