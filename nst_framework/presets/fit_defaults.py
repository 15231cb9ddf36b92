"""The values of `Trainer.fit`'s arguments that are not given."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, TypeAlias

from ..defaults import EPOCHS, SIZE, STEPS_PER_EPOCH
from ..images.reading import ImageSource

Default: TypeAlias = Literal["default"]
"""Stands for the value in `Trainer.fit_defaults`."""


@dataclasses.dataclass(frozen=True)
class FitDefaults:
    """What `fit` uses for arguments that are not given, as a preset may set it.

    Attributes:
        size: Length of the longer side, in pixels; `None` keeps the size of each image.
        epochs: Total number of epochs.
        steps_per_epoch: Maximum number of steps in each epoch.
        initial_image: The starting image.
        color: Where the colours come from.
        style_rotations: By how many degrees a style is turned that is passed without a `Style`.
    """

    size: int | None = SIZE
    epochs: int = EPOCHS
    steps_per_epoch: int = STEPS_PER_EPOCH
    initial_image: ImageSource = "content"
    color: str = "style"
    style_rotations: tuple[int, ...] = (0,)

    def replace(
        self,
        size: int | Default | None,
        epochs: int | Default,
        steps_per_epoch: int | Default,
        initial_image: ImageSource | Default,
        color: str,
    ) -> FitDefaults:
        """These values, except where others than `"default"` are given."""
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
