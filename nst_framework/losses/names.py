"""The package's losses by name, such as `"style_loss"` or `"StyleLoss"`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .. import losses
from ..checks import did_you_mean

if TYPE_CHECKING:
    from .base import Loss

_WORD_BEGINS = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"


def loss_class(name: str) -> type[Loss]:
    """Finds a loss of the package by its class name or by its name in logs.

    Raises:
        ValueError: If no loss has that name; the error lists the names.
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


def snake_case(class_name: str) -> str:
    """Converts a class name to the name used in logs: `"StyleLoss"` to `"style_loss"`."""
    return re.sub(_WORD_BEGINS, "_", class_name).lower()
