"""The arguments of `Trainer.compile` and `Trainer.fit`, checked and completed."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from .backend import device_name, fast_dtype
from .checks import check_number
from .defaults import AUTO, SIZE
from .extractors.base import FeatureExtractor
from .images.reading import ImageSource
from .losses.base import IMAGE, Loss
from .losses.names import loss_class
from .objective.recipe import PRECISIONS, Recipe
from .objective.shares import weights_before_shares

LossLike = Loss | type[Loss] | str
"""A loss, its class, or its name."""

Numbers = Mapping[str, float] | Sequence[float] | np.ndarray
"""A number for each loss, by name or in the order of the losses."""

Default: TypeAlias = Literal["default"]
"""Stands for the value in `Trainer.fit_defaults`."""


@dataclasses.dataclass(frozen=True)
class FitDefaults:
    """The values `fit` uses for arguments that are not given; a preset may change them.

    Attributes:
        size: Length of the longer side, in pixels; `None` keeps the size of each image.
        epochs: Total number of epochs; `"auto"`: one for each scale.
        steps_per_epoch: Maximum number of steps in each epoch; `"auto"`: 100 at the smallest
            scale, 60 at the others.
        initial_image: The starting image.
        color: Source of the colors.
        style_rotations: Rotations, in degrees, of a style that is not passed as a `Style`.
    """

    size: int | None = SIZE
    epochs: int | str = AUTO
    steps_per_epoch: int | str = AUTO
    initial_image: ImageSource = "content"
    color: str = "style"
    style_rotations: tuple[int, ...] = (0,)

    def replace(
        self,
        size: int | Default | None,
        epochs: int | str,
        steps_per_epoch: int | str,
        initial_image: ImageSource | Default,
        color: str,
    ) -> FitDefaults:
        """These values, replaced by each argument that is not `"default"`."""
        given: dict[str, Any] = {
            "size": size,
            "epochs": epochs,
            "steps_per_epoch": steps_per_epoch,
            "initial_image": initial_image,
            "color": color,
        }
        changed = {
            name: value
            for name, value in given.items()
            # An array would be compared element by element.
            if not (isinstance(value, str) and value == "default")
        }
        return dataclasses.replace(self, **changed)


def make_recipe(
    extractor: FeatureExtractor,
    loss: LossLike | Sequence[LossLike],
    loss_weights: Numbers | None,
    gradient_shares: Numbers | None,
    precision: str,
    tileable: bool = False,
) -> Recipe:
    """Turns the arguments of `Trainer.compile` into a recipe."""
    losses = resolve_losses(loss, extractor)
    precision = resolve_precision(precision)
    if gradient_shares is None:
        weights = resolve_loss_weights(losses, loss_weights)
        return Recipe(extractor, losses, weights, precision, tileable=tileable)
    if loss_weights is not None:
        raise ValueError(
            "Expected loss_weights or gradient_shares, not both. Received: "
            f"loss_weights={loss_weights!r} and gradient_shares={gradient_shares!r}. Leave one of "
            "them out."
        )
    shares = resolve_gradient_shares(losses, gradient_shares)
    return Recipe(extractor, losses, weights_before_shares(losses), precision, shares, tileable)


def resolve_precision(precision: str) -> str:
    """Returns the precision; `"auto"` becomes the faster one on this machine."""
    if precision == "auto":
        dtype = fast_dtype()
        return "float32" if dtype is None else f"mixed_{dtype}"
    if precision not in PRECISIONS:
        raise ValueError(
            "Invalid value for argument `precision`. Expected 'auto' or one of "
            f"{list(PRECISIONS)}. Received: precision={precision!r}. Pass 'auto' for the faster "
            "one."
        )
    if PRECISIONS[precision] is not None and fast_dtype() is None and device_name() == "cpu":
        warnings.warn(
            f"precision={precision!r} is slower than 'float32' on this processor, which has no "
            f"instructions for {PRECISIONS[precision]}. Pass 'auto' for the faster one.",
            stacklevel=4,
        )
    return precision


def resolve_loss_weights(losses: Sequence[Loss], loss_weights: Numbers | None) -> dict[str, float]:
    """Returns a weight for each loss, by name; a loss without one has its `default_weight`."""
    names = [loss.name for loss in losses]
    given = _by_name({} if loss_weights is None else loss_weights, names)
    if given is None or not set(given) <= set(names):
        raise ValueError(
            "Invalid value for argument `loss_weights`. Expected one weight for each loss, in "
            f"order, or weights by name. Received: loss_weights={loss_weights!r}. Use the names "
            f"{names}, all or some of them."
        )
    weights = {loss.name: loss.default_weight for loss in losses}
    for name, weight in given.items():
        weights[name] = check_number(f"loss_weights[{name!r}]", weight, minimum=0.0)
    return weights


def resolve_gradient_shares(losses: Sequence[Loss], gradient_shares: Numbers) -> dict[str, float]:
    """Returns each loss's share of the gradient, by name; they add up to 1."""
    names = [loss.name for loss in losses]
    given = _by_name(gradient_shares, names)
    if given is None or set(given) != set(names):
        raise ValueError(
            "Invalid value for argument `gradient_shares`. Expected one share for each of the "
            f"losses {names}. Received: gradient_shares={gradient_shares!r}. Pass 0 to leave a "
            "loss out."
        )
    shares = {name: check_number("gradient_shares", given[name], minimum=0.0) for name in names}
    total = math.fsum(shares.values())
    if total == 0:
        raise ValueError(
            "Invalid value for argument `gradient_shares`. Expected at least one share above 0. "
            f"Received: gradient_shares={gradient_shares!r}. Raise one of them."
        )
    return {name: share / total for name, share in shares.items()}


def resolve_losses(
    loss: LossLike | Sequence[LossLike], extractor: FeatureExtractor
) -> tuple[Loss, ...]:
    """Returns the losses, given as one or several instances, classes or names, as instances."""
    given = loss if isinstance(loss, Iterable) and not isinstance(loss, str) else [loss]
    losses = tuple(map(_resolve_loss, given))
    if not losses:
        raise ValueError(
            "Invalid value for argument `loss`. Expected one or more losses, such as "
            f"[ContentLoss(), StyleLoss()]. Received: loss={loss!r}. Name at least one."
        )
    names = [each.name for each in losses]
    if len(set(names)) != len(names) or "loss" in names:
        raise ValueError(
            "Invalid value for argument `loss`. Expected losses with different names, none of "
            f"them 'loss'. Received: {names}. Pass `name` to their constructors."
        )
    for each in losses:
        extractor.check_layers([layer for layer in each.layers if layer != IMAGE])
    return losses


def _resolve_loss(loss: LossLike) -> Loss:
    if isinstance(loss, str):
        return loss_class(loss)()
    if isinstance(loss, type) and issubclass(loss, Loss):
        return loss()
    if isinstance(loss, Loss):
        return loss
    raise ValueError(
        "Invalid value for argument `loss`. Expected losses, such as StyleLoss(), their classes or "
        f"their names. Received: {loss!r}. Derive a loss of your own from Loss."
    )


def _by_name(values: Numbers, names: Sequence[str]) -> Mapping[str, float] | None:
    """Maps names to values given by name or in the names' order; `None` if they are neither."""
    if isinstance(values, Mapping):
        return values
    in_order = isinstance(values, Sequence) or np.ndim(values) == 1
    if in_order and len(values) == len(names):
        return dict(zip(names, values, strict=True))
    return None
