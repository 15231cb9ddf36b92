"""What `Trainer.compile` is given, checked and completed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .backend import has_native_bfloat16
from .checks import check_number
from .extractors.base import FeatureExtractor
from .losses.base import IMAGE, Loss
from .objective.recipe import PRECISIONS, Recipe
from .objective.shares import weights_before_shares


def make_recipe(
    extractor: FeatureExtractor,
    loss: Loss | Sequence[Loss],
    loss_weights: Mapping[str, float] | Sequence[float] | None,
    gradient_shares: Mapping[str, float] | Sequence[float] | None,
    precision: str,
) -> Recipe:
    """What `Trainer.compile` was given, as a recipe.

    Raises:
        ValueError: If one of the arguments is invalid, or there are both weights and shares.
    """
    losses = resolve_losses(loss, extractor)
    precision = resolve_precision(precision)
    if gradient_shares is None:
        return Recipe(extractor, losses, resolve_loss_weights(losses, loss_weights), precision)
    if loss_weights is not None:
        raise ValueError("Expected loss_weights or gradient_shares. Received both.")
    shares = resolve_gradient_shares(losses, gradient_shares)
    return Recipe(extractor, losses, weights_before_shares(losses), precision, shares)


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
    given = _by_name({} if loss_weights is None else loss_weights, names)
    if given is None or not set(given) <= set(names):
        raise ValueError(
            "Invalid value for argument `loss_weights`. Expected one weight for each loss, or "
            f"weights by name for some of {names}. Received: loss_weights={loss_weights!r}."
        )
    weights = {loss.name: loss.default_weight for loss in losses}
    for name, weight in given.items():
        weights[name] = check_number(f"loss_weights[{name!r}]", weight, minimum=0.0)
    return weights


def resolve_gradient_shares(
    losses: Sequence[Loss], gradient_shares: Mapping[str, float] | Sequence[float]
) -> dict[str, float]:
    """A share for each loss by name, adding up to 1, or a `ValueError`."""
    names = [loss.name for loss in losses]
    given = _by_name(gradient_shares, names)
    if given is None or set(given) != set(names):
        raise ValueError(
            "Invalid value for argument `gradient_shares`. Expected one share for each of the "
            f"losses {names}. Received: gradient_shares={gradient_shares!r}."
        )
    shares = {name: check_number("gradient_shares", given[name], minimum=0.0) for name in names}
    total = math.fsum(shares.values())
    if total == 0:
        raise ValueError(
            "Invalid value for argument `gradient_shares`. Expected a share above 0. "
            f"Received: gradient_shares={gradient_shares!r}."
        )
    return {name: share / total for name, share in shares.items()}


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


def _by_name(
    values: Mapping[str, float] | Sequence[float], names: Sequence[str]
) -> Mapping[str, float] | None:
    """Values by name, from those or from as many in the names' order; otherwise `None`."""
    if isinstance(values, Mapping):
        return values
    if isinstance(values, Sequence) and len(values) == len(names):
        return dict(zip(names, values, strict=True))
    return None
