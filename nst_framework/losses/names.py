"""The names of the package's losses, such as `"style_loss"`."""

from __future__ import annotations

from ..checks import did_you_mean
from .base import Loss, snake_case


def built_in_loss(name: str) -> Loss:
    """A loss of the package with its defaults, by the name that logs have for it.

    Raises:
        ValueError: If there is none of that name; the error lists the names.
    """
    # The package loads a name when it is used, so that this loads one loss and not all of them.
    import nst_framework

    public = [each for each in nst_framework.__all__ if each.endswith("Loss") and each != "Loss"]
    classes = {snake_case(each): each for each in public}
    if name not in classes:
        raise ValueError(
            f"Invalid value for argument `loss`. Expected one of the names {sorted(classes)}. "
            f"Received: {name!r}.{did_you_mean(name, classes)} Pass a loss of your own as an "
            "instance."
        )
    return getattr(nst_framework, classes[name])()
