"""Saves the image during the run."""

from __future__ import annotations

import os
from typing import Literal

import keras

from nst_framework import prepare_output, write_image


class ImageSaver(keras.callbacks.Callback):
    """Saves the image every few steps or epochs.

    Example:
    ```python
    ImageSaver("outputs/{epoch:03d}-{loss:.3g}.png")
    ImageSaver("outputs/{step:05d}.jpg", every=25, unit="step")
    ```

    Args:
        path: File name with fields in braces: `epoch` (from 1), `step` (from 1, counted over all
            epochs), `loss`, the name of each loss, and per epoch that of each metric. Without
            fields, the same file is overwritten each time.
        every: Number of steps or epochs from one image to the next.
        unit: What `every` counts: `"epoch"` or `"step"`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: int = 1,
        unit: Literal["epoch", "step"] = "epoch",
    ) -> None:
        super().__init__()
        if unit not in ("epoch", "step"):
            raise ValueError(
                "Invalid value for argument `unit`. Expected 'epoch' or 'step'. "
                f"Received: unit={unit!r}."
            )
        if not isinstance(every, int) or every < 1:
            raise ValueError(
                "Invalid value for argument `every`. Expected a whole number of at least 1. "
                f"Received: every={every!r}."
            )
        self.path = os.fspath(path)
        self.every = every
        self.unit = unit

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks before the first step that the images can be written."""
        run = self.model.run
        names = [*run.log_names, *(run.metric_names if self.unit == "epoch" else [])]
        prepare_output(self._format(0, dict.fromkeys(names, 1.0)))
        self._saved_step = self.model.state.step

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the epoch, which Keras does not pass to the events of a step."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Saves the image after a step if `unit` is `"step"`."""
        step = self.model.state.step
        # If the loss is not finite, the batch ends without a step.
        if self.unit == "step" and step % self.every == 0 and step != self._saved_step:
            self._saved_step = step
            write_image(self._format(self._epoch, logs or {}), self.model.image)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Saves the image after an epoch if `unit` is `"epoch"`."""
        if self.unit == "epoch" and (epoch + 1) % self.every == 0:
            write_image(self._format(epoch, logs or {}), self.model.image)

    def _format(self, epoch: int, logs: dict[str, float]) -> str:
        fields = {"epoch": epoch + 1, "step": self.model.state.step, **logs}
        try:
            return self.path.format_map(fields)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise ValueError(
                "Invalid value for argument `path`. Expected a file name whose fields are among "
                f"{list(fields)}. Received: path={self.path!r} ({error}). Write a name such as "
                "'{epoch:03d}-{loss:.3g}.png'."
            ) from error
