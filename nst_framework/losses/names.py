"""The package's losses by name, such as `"style_loss"` or `"StyleLoss"`."""

from __future__ import annotations

from .. import losses
from ..checks import did_you_mean
from .base import Loss, snake_case


def loss_class(name: str) -> type[Loss]:
    """A loss of the package by the name of its class, or by the one that logs have for it.

    Raises:
        ValueError: If there is none of that name; the error lists the names.
    """
    known = {snake_case(each): each for each in losses.__all__ if each != "Loss"}
    kind = known.get(name, name)
    if kind not in known.values():
        raise ValueError(
            f"Invalid value for argument `loss`. Expected one of the names {sorted(known)}. "
            f"Received: {name!r}.{did_you_mean(name, [*known, *known.values()])} Pass a loss of "
            "your own as an instance."
        )
    found: type[Loss] = getattr(losses, kind)
    return found
