"""The callback that keeps what the page shows of a run."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import keras
import numpy as np

from ...callbacks import StepHistory
from ...run.progress import TimeLeft

SECONDS = 1.0
"""From one picture to the next."""


@dataclass(frozen=True)
class Progress:
    """A moment of a run.

    Attributes:
        image: The picture, array `(height, width, 3)`, uint8.
        step: How many steps were made.
        all_steps: How many there will be at most.
        seconds_left: How long the others will take.
        steps: The number of each step.
        losses: The loss and its terms at each step.
    """

    image: np.ndarray
    step: int
    all_steps: int
    seconds_left: float
    steps: list[int] = field(default_factory=list)
    losses: dict[str, list[float]] = field(default_factory=dict)


class Watcher(keras.callbacks.Callback):
    """Keeps the latest `Progress`, for another thread to show; it goes on where a run goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._record = StepHistory()
        self._new = threading.Condition()
        self._latest: Progress | None = None
        self._earlier: tuple[list[int], dict[str, list[float]]] = [], {}

    def wait(self, seconds: float) -> Progress | None:
        """The latest progress, if there is one that was not returned yet, within some seconds."""
        with self._new:
            self._new.wait_for(lambda: self._latest is not None, seconds)
            latest, self._latest = self._latest, None
            return latest

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Begins, and shows the first picture."""
        if self.model.state.step == 0:
            self._earlier = [], {}
        self._record.set_model(self.model)
        self._record.on_train_begin()
        self._time = TimeLeft(self.model.run, self.params["epochs"])
        self._shown = -1.0
        self._epoch = self.model.state.epoch
        self._show()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch
        if not self._record.steps:
            self._time.restart()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Records the losses, and shows the picture if the last one is a while ago."""
        known = len(self._record.steps)
        self._record.on_train_batch_end(batch, logs)
        if len(self._record.steps) == known:
            return  # trials that led to no step
        self._time.count_step(self._epoch)
        if time.monotonic() - self._shown >= SECONDS:
            self._show()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Shows the last picture, and keeps the losses for a run that goes on."""
        self._show()
        self._earlier = self._curves()

    def _curves(self) -> tuple[list[int], dict[str, list[float]]]:
        steps, losses = self._earlier
        found = self._record.history
        joined = {name: [*losses.get(name, []), *found[name]] for name in found} or losses
        return [*steps, *self._record.steps], joined

    def _show(self) -> None:
        state = self.model.state
        steps, losses = self._curves()
        every = sum(map(self._time.steps_in, range(self.params["epochs"])))
        left = self._time.seconds_left(self._epoch, state.steps_in_epoch)
        progress = Progress(self.model.image[..., :3], state.step, every, left, steps, losses)
        self._shown = time.monotonic()
        with self._new:
            self._latest = progress
            self._new.notify_all()
