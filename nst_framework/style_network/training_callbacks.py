"""The callbacks of a training: steps, divergence, checkpoints, previews and progress."""

from __future__ import annotations

import collections
import math
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..images.writing import write_image
from ..saving import warn_if_not_saved
from ..text import format_duration
from .photographs import HeldOut, Photographs

CHECK_EVERY = 10
"""Number of steps between checks of loss and weights."""

LARGEST_WEIGHT = float(np.finfo(np.float16).max)
"""The largest weight that the network's file can hold."""

PREVIEWED = 4
"""Number of photographs in a preview."""


class DivergedError(Exception):
    """The loss or a weight is not finite."""


class StepCounter(keras.callbacks.Callback):
    """Counts the steps, sets the photographs' position, and ends the training.

    Attributes:
        step: The number of steps taken.
        steps: The total number of steps.
        interrupt_training: Set to true to interrupt the training after the current step.
        interrupted: Whether it was interrupted in this way.
    """

    def __init__(self, photographs: Photographs, steps: int) -> None:
        super().__init__()
        self.photographs = photographs
        self.step, self.steps = 0, steps
        self.interrupt_training = self.interrupted = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Sets the position in the photographs at which the epoch begins."""
        # Keras's own count of epochs is not reliable: some backends begin one too many.
        self.photographs.step = self.step

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts a step."""
        self.step += 1
        if self.step >= self.steps:
            self.model.stop_training = True
        if self.interrupt_training:
            self.interrupted = True
            raise KeyboardInterrupt


class KeepGoodWeights(keras.callbacks.Callback):
    """Keeps a copy of good weights, and ends the training if loss or weights are not finite."""

    def __init__(self, taken: StepCounter) -> None:
        super().__init__()
        self._taken = taken
        self._kept: collections.deque[tuple[int, list[np.ndarray]]] = collections.deque(maxlen=2)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Copies the weights at the start."""
        self._kept.append((self._taken.step, self.model.get_weights()))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Checks every few steps."""
        if self._taken.step % CHECK_EVERY == 0:
            self._check(logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Checks before anything is saved."""
        self._check(logs)

    def restore(self) -> None:
        """Returns to the oldest of the copies."""
        self._taken.step, weights = self._kept[0]
        self.model.set_weights(weights)

    def _check(self, logs: dict[str, Any] | None) -> None:
        weights = self.model.get_weights()
        losses = (float(value) for value in (logs or {}).values())
        # A comparison with NaN is false.
        fits = all(np.abs(each).max(initial=0) <= LARGEST_WEIGHT for each in weights)
        if not (fits and all(map(math.isfinite, losses))):
            raise DivergedError
        if self._kept[-1][0] != self._taken.step:
            self._kept.append((self._taken.step, weights))


class SaveCheckpoint(keras.callbacks.Callback):
    """Saves the training after each epoch; a full disk does not end it."""

    def __init__(self, save: Callable[[], None], path: Path) -> None:
        super().__init__()
        self._save, self._path = save, path

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Saves the training."""
        with warn_if_not_saved(self._path):
            self._save()


class PaintPreview(keras.callbacks.Callback):
    """Writes an image of photographs with the network's results in each style below them."""

    def __init__(self, path: Path, photographs: HeldOut | Photographs) -> None:
        super().__init__()
        self.path = path
        count = min(PREVIEWED, len(photographs.paths))
        batches = range(-(-count // photographs.batch_size))
        self._crops = np.concatenate([photographs[each][1] for each in batches])[:count]

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Paints the photographs and replaces the preview."""
        network: Any = self.model
        crops = list(self._crops.astype(np.uint8))
        styles = np.eye(network.styles).tolist()
        painted = [[network.paint(crop, None, style) for crop in crops] for style in styles]
        rows = [crops, *painted]
        strip = np.concatenate([np.concatenate(row, axis=1) for row in rows])
        with warn_if_not_saved(self.path):
            write_image(self.path, strip)


class PrintProgress(keras.callbacks.Callback):
    """Prints a line for each epoch; in a terminal, updates it at each step."""

    def __init__(self, taken: StepCounter) -> None:
        super().__init__()
        self._taken = taken
        self._every_step = sys.stdout is not None and sys.stdout.isatty()
        self._width = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Starts the clock."""
        self._start = time.monotonic()
        self._timed_from: tuple[int, float] | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Restarts the speed measurement, because validation runs between epochs."""
        self._epoch = epoch
        self._in_epoch: tuple[int, float] | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Measures the speed."""
        step, now = self._taken.step, time.monotonic()
        # The first step is not timed, because it includes compilation.
        self._timed_from = self._timed_from or (step, now)
        self._in_epoch = self._in_epoch or (step, now)
        steps, seconds = step - self._in_epoch[0], now - self._in_epoch[1]
        photographs = steps * self._taken.photographs.batch_size
        self._speed = photographs / seconds if steps and seconds else math.nan
        if self._every_step:
            self._print(logs, end="")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Prints the epoch's line."""
        self._print(logs, end="\n")

    def end_line(self) -> None:
        """Ends a line that is still being updated."""
        if self._width:
            self._say("", "\n")
            self._width = 0

    def _print(self, logs: dict[str, Any] | None, end: str) -> None:
        taken, now = self._taken, time.monotonic()
        first, since = self._timed_from or (taken.step, now)
        left = ""
        if taken.step > first:
            seconds = (now - since) / (taken.step - first) * (taken.steps - taken.step)
            left = f", about {format_duration(seconds)} left"
        speed = "" if math.isnan(self._speed) else f" - {self._speed:.3g} images/s"
        values = " - ".join(f"{name}: {float(value):.4g}" for name, value in (logs or {}).items())
        epochs = -(-taken.steps // taken.photographs.steps_per_epoch)
        line = (
            f"Epoch {self._epoch + 1}/{epochs} - step {taken.step}/{taken.steps} - "
            f"{format_duration(now - self._start)}{left}{speed} - {values}"
        )
        if not end:
            # A line that wraps could not be overwritten.
            line = line[: shutil.get_terminal_size().columns - 1]
        start = "\r" if self._every_step else ""
        self._say(f"{start}{line.ljust(self._width)}", end)
        self._width = 0 if end else len(line)

    def _say(self, text: str, end: str) -> None:
        try:
            print(text, end=end, flush=True)
        except OSError:
            # The output pipe is closed, which does not end the training.
            self._every_step = False
