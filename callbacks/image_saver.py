"""Saves the image during the run, under a new name each time or to the same file."""

from __future__ import annotations

import os
import re
import string
from pathlib import Path

import keras

from nst_framework import DEEP_EXTENSIONS, IMAGE_EXTENSIONS, write_image
from nst_framework.saving import check_writable, warn_if_not_saved

from .timing import PictureCallback, Timer, Unit

NUMBER_FORMAT = re.compile(r"[+ ]?0?\d{0,2}(\.\d{1,2})?[deEfFgG%]?")
"""Number formats without a fill character, which could be a slash."""


class ImageSaver(PictureCallback):
    """Saves the image every few steps or epochs.

    Example:
    ```python
    ImageSaver("outputs/{epoch:03d}-{loss:.3g}.png")
    ImageSaver("outputs/{step:05d}.jpg", every=25, unit="step")
    ```

    Args:
        path: File name with fields in braces: `epoch` (from 1), `step` (from 1, counted over all
            epochs), `loss`, the name of each loss, and with `unit="epoch"` that of each metric.
            The fields are numbers and accept formats such as `03d` or `.3g`. Without fields, the
            same file is overwritten each time.
        every: Number of steps or epochs between images.
        unit: Unit of `every`: `"epoch"` or `"step"`.
        bit_depth: Bits per channel, 8 or 16. Only .png, .tif and .tiff support 16.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: int = 1,
        unit: Unit = "epoch",
        bit_depth: int = 8,
    ) -> None:
        super().__init__(every, unit)
        self.path = str(Path(path))
        self.bit_depth = bit_depth

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks that the images can be written."""
        super().on_train_begin(logs)
        run = self.model.run
        names = [*run.log_names, *(run.metric_names if self.unit == "epoch" else [])]
        extensions = IMAGE_EXTENSIONS if self.bit_depth == 8 else DEEP_EXTENSIONS
        check_writable(self._format(0, dict.fromkeys(names, 1.0)), extensions)

    def take(self, epoch: int, logs: dict[str, float]) -> None:
        """Saves the image."""
        path = self._format(epoch, logs)
        with warn_if_not_saved(path):
            write_image(path, self.model.float_image, bit_depth=self.bit_depth)

    def _format(self, epoch: int, logs: dict[str, float]) -> str:
        fields = {"epoch": epoch + 1, "step": self.model.state.step, **logs}
        name = ""
        try:
            for text, field, form, conversion in string.Formatter().parse(self.path):
                name += text
                if field is not None:
                    if field not in fields or conversion or not NUMBER_FORMAT.fullmatch(form or ""):
                        raise ValueError(f"the field {field!r}")
                    name += format(fields[field], form or "")
        except ValueError as error:
            raise ValueError(
                "Invalid value for argument `path`. Expected a file name whose fields are among "
                f"{list(fields)}, with number formats. Received: path={self.path!r} ({error}). "
                "Pass a name such as '{epoch:03d}-{loss:.3g}.png'."
            ) from error
        return name


class Preview(keras.callbacks.Callback):
    """Writes the current image after the first step, then every few seconds, and at the end.

    Open the file in a viewer that reloads it. The file is replaced atomically, so a viewer never
    sees a partial image. With several `scales`, the first images are smaller.

    Example:
    ```python
    trainer.fit(content, style, callbacks=[Preview("preview.png")])
    ```

    Args:
        path: Path of the image.
        every_seconds: Minimum number of seconds between images. They are written after a step.
    """

    def __init__(self, path: str | os.PathLike[str], every_seconds: float = 3.0) -> None:
        super().__init__()
        self.path = Path(path)
        self._timer = Timer(every_seconds)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks that the image can be written."""
        check_writable(self.path, IMAGE_EXTENSIONS)
        self._timer.make_due()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Writes the image if it is due."""
        if self._timer.is_due():
            self._write()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Writes the last image."""
        self._write()

    def _write(self) -> None:
        with warn_if_not_saved(self.path):
            write_image(self.path, self.model.image)
        self._timer.restart()
