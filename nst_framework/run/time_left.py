"""How long the rest of a run will take, judging by the steps so far."""

from __future__ import annotations

import time
from typing import Any


class TimeLeft:
    """Estimates the time that is left; a step counts with its number of pixels.

    Args:
        run: The run, of type `Run`.
        epochs: Total number of epochs.
        steps: Maximum number of steps in each epoch.
    """

    def __init__(self, run: Any, epochs: int, steps: int) -> None:
        self._method = run.method
        self._epochs, self._steps = epochs, steps
        self._work_done = 0.0
        self._start = time.monotonic()

    def restart(self) -> None:
        """Counts from now on: what came before, such as a first evaluation, was no step."""
        self._start = time.monotonic()

    def count_step(self, epoch: int) -> None:
        """Counts a step of an epoch."""
        self._work_done += self._work(epoch)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def steps_in(self, epoch: int) -> int:
        """The most steps that an epoch has."""
        return int(self._method.steps_in(epoch, self._steps))

    def seconds_left(self, epoch: int, steps_in_epoch: int) -> float:
        """Seconds that are left after a number of steps of an epoch; 0 before the first step."""
        left = sum(
            self.steps_in(each) * self._work(each) for each in range(epoch, self._epochs)
        ) - steps_in_epoch * self._work(epoch)
        return self.elapsed / self._work_done * left if self._work_done else 0.0

    def _work(self, epoch: int) -> float:
        """The cost of a step relative to one at full size; it grows with the number of pixels."""
        return float(self._method.scales[self._method.stage_number(epoch)] ** 2)
