"""Estimates the remaining time of a run from its steps so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .run import Run

BORDER = 16
"""Pixels added to each side of the image to model the cost of a step: VGG's margin and roughly the
fixed cost of any step."""

PRIOR_WEIGHT = 0.1
"""Weight, in the fit, of the assumption that a step has no fixed cost; each measured stage has
weight 1."""


class PlannedEpoch(NamedTuple):
    """An epoch of the plan: the number of its stage, the image's size, and the maximum steps."""

    stage: int
    height: int
    width: int
    steps: int

    @property
    def work(self) -> int:
        """The relative cost of a step."""
        return (self.height + 2 * BORDER) * (self.width + 2 * BORDER)


@dataclass
class StageTimes:
    """The seconds of a stage so far: its first step, including preparation, and the others."""

    work: int
    first: float
    others: float = 0.0
    count: int = 0

    @property
    def step(self) -> float | None:
        """The mean duration of all steps but the first; `None` before the second."""
        return self.others / self.count if self.count else None


class TimeLeft:
    """Estimates how long the rest of a run will take.

    A step costs `fixed + each * work`, fitted to the stages measured so far. The preparation of a
    stage, such as tracing and computing the style's features, is estimated separately.
    """

    def __init__(
        self, epochs: Sequence[PlannedEpoch], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._epochs, self._clock = epochs, clock
        self._seen: dict[int, StageTimes] = {}
        self.restart()

    @classmethod
    def of(cls, run: Run, epochs: int) -> TimeLeft:
        """The estimator for a run of a number of epochs."""
        planned = []
        for stage in map(run.stage_of, range(epochs)):
            height, width = stage.images.content.shape[:2]
            planned.append(PlannedEpoch(stage.number, height, width, stage.steps))
        return cls(planned)

    def restart(self) -> None:
        """Restarts the clock, so that a first evaluation, for example, does not count as a step."""
        self._start = self._last = self._clock()

    def count_step(self, epoch: int) -> None:
        """Records that a step of an epoch has just ended."""
        now = self._clock()
        seconds, self._last = now - self._last, now
        planned = self._epochs[epoch]
        if planned.stage not in self._seen:
            self._seen[planned.stage] = StageTimes(planned.work, seconds)
        else:
            times = self._seen[planned.stage]
            times.others += seconds
            times.count += 1

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    def steps_in(self, epoch: int) -> int:
        """The maximum number of steps in an epoch."""
        return self._epochs[epoch].steps

    def seconds_left(self, epoch: int, steps_in_epoch: int) -> float:
        """The remaining seconds after a number of steps of an epoch; 0 before the first step."""
        if not self._seen:
            return 0.0
        steps, entries = self._fit_steps(), self._fit_entries()
        begun, total = set(self._seen), -steps_in_epoch * self._step(self._epochs[epoch], steps)
        for planned in self._epochs[epoch:]:
            total += planned.steps * self._step(planned, steps)
            if planned.stage not in begun:
                begun.add(planned.stage)
                total += entries(planned.work)
        return max(0.0, total)

    def _step(self, planned: PlannedEpoch, fitted: Callable[[int], float]) -> float:
        """Seconds per step: measured in the epoch's own stage if possible, otherwise fitted."""
        own = self._seen.get(planned.stage)
        measured = None if own is None else own.step
        return fitted(planned.work) if measured is None else measured

    def _fit_steps(self) -> Callable[[int], float]:
        measured = {each.work: each.step for each in self._seen.values() if each.step is not None}
        # Until a second step is measured, use the first, which includes tracing.
        return _fit(measured or {each.work: each.first for each in self._seen.values()})

    def _fit_entries(self) -> Callable[[int], float]:
        """The preparation time of a stage, assumed constant until two stages are measured."""
        found = {
            each.work: max(0.0, each.first - each.step)
            for each in self._seen.values()
            if each.step is not None
        }
        if len(found) < 2:
            alone = sum(found.values())
            return lambda work: alone
        return _fit(found)


def _fit(seconds: Mapping[int, float]) -> Callable[[int], float]:
    """The line `fixed + each * work` with the least relative error; neither term is negative.

    With a single point, the fixed cost is 0.
    """
    works, values = np.array(list(seconds)), np.maximum(list(seconds.values()), 1e-9)
    fixed, each = 0.0, float(np.mean(values / works))
    if len(works) > 1:
        rows = np.stack([1 / values, works / values], axis=1)
        prior = [np.sqrt(PRIOR_WEIGHT) / values.min(), 0.0]
        known = np.append(np.ones(len(values)), 0.0)
        solution = np.linalg.lstsq(np.vstack([rows, prior]), known, rcond=None)[0]
        if solution[1] < 0:
            fixed, each = float(np.mean(values)), 0.0
        elif solution[0] >= 0:
            fixed, each = map(float, solution)
    return lambda work: fixed + each * work
