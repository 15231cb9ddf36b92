"""Writes the picture as it grows, every few seconds."""

from __future__ import annotations

import os
import time
from pathlib import Path

import keras

from nst_framework import IMAGE_EXTENSIONS, write_image
from nst_framework.saving import check_writable, warn_if_not_saved


class Preview(keras.callbacks.Callback):
    """Writes the picture as it grows: after the first step, then every few seconds, and at the end.

    Open the file in a viewer that reloads it. It is replaced as a whole, so that a viewer never
    sees half a picture. With several `scales`, the first pictures are smaller.

    Example:
    ```python
    trainer.fit(content, style, callbacks=[Preview("preview.png")])
    ```

    Args:
        path: Path of the image.
        every_seconds: Number of seconds from one picture to the next, after a step.
    """

    def __init__(self, path: str | os.PathLike[str], every_seconds: float = 3.0) -> None:
        super().__init__()
        if not every_seconds >= 0:
            raise ValueError(
                "Invalid value for argument `every_seconds`. Expected a number of at least 0. "
                f"Received: every_seconds={every_seconds!r}."
            )
        self.path = Path(path)
        self.every_seconds = every_seconds

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks before the first step that the picture can be written."""
        check_writable(self.path, IMAGE_EXTENSIONS)
        self._next = 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Writes the picture, if it is time."""
        if time.monotonic() >= self._next:
            self._write()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Writes the last picture."""
        self._write()

    def _write(self) -> None:
        with warn_if_not_saved(self.path):
            write_image(self.path, self.model.image)
        self._next = time.monotonic() + self.every_seconds
