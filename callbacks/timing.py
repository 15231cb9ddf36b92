"""Timing of callbacks: every few steps, epochs or seconds."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Literal

import keras

Unit = Literal["epoch", "step"]


class PictureCallback(keras.callbacks.Callback, ABC):
    """Calls `take`, which subclasses implement, every few steps or epochs."""

    def __init__(self, every: int, unit: Unit) -> None:
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
        self.every = every
        self.unit = unit

    @abstractmethod
    def take(self, epoch: int, logs: dict[str, float]) -> None:
        """Processes `self.model.image`.

        `epoch` counts from 0. `logs` holds the loss and its terms for this image.
        """

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Stores the step at which the run begins."""
        self._step_taken = self.model.state.step

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Stores the epoch, which Keras does not pass to `on_train_batch_end`."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Calls `take` after a step if `unit` is `"step"`."""
        step = self.model.state.step
        # If the loss is not finite, the batch ends without a step.
        if self.unit == "step" and step % self.every == 0 and step != self._step_taken:
            self._step_taken = step
            self.take(self._epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Calls `take` after an epoch if `unit` is `"epoch"`."""
        if self.unit == "epoch" and (epoch + 1) % self.every == 0:
            self.take(epoch, logs or {})


class Timer:
    """Tells when a number of seconds have passed since its last restart."""

    def __init__(self, every_seconds: float) -> None:
        if not every_seconds >= 0:
            raise ValueError(
                "Invalid value for argument `every_seconds`. Expected a number of at least 0. "
                f"Received: every_seconds={every_seconds!r}."
            )
        self.every_seconds = every_seconds
        self.restart()

    def restart(self) -> None:
        """Starts counting the seconds from now."""
        self._end = time.monotonic() + self.every_seconds

    def make_due(self) -> None:
        """Ends the current interval now."""
        self._end = 0.0

    def is_due(self) -> bool:
        """Whether the seconds have passed."""
        return time.monotonic() >= self._end
