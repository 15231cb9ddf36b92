"""A picture of the app: it can be stopped and resumed, and takes snapshots of its progress."""

from __future__ import annotations

import contextlib
import shutil
import time
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...callbacks import StepHistory
from ...images.transparency import read_cut_out
from ...images.writing import write_image
from ...jobs.choice import job_class
from ...jobs.sidecar import sidecar_path
from ...run.time_left import TimeLeft
from ...settings.classes import describe_failure
from ...settings.layers import Settings
from ...settings.learned import has_learned_style

SECONDS = 1.0
"""Time between snapshots."""

INTERNAL_ERROR = "The app had an internal error. See the terminal in which it was started."


@dataclass(frozen=True)
class Snapshot:
    """The progress of a run: the picture `(height, width, 3)`, uint8, and the losses so far."""

    image: np.ndarray
    step: int
    all_steps: int
    seconds_left: float
    steps: list[int]
    losses: dict[str, list[float]]


class Snapshots(StepHistory):
    """Takes a snapshot about once a second, and interrupts the run on request.

    Unlike `StepHistory`, it keeps its history when the run is resumed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.latest: Snapshot | None = None
        self.stop_requested = False

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Takes the first snapshot."""
        if self.model.state.step == 0:
            super().on_train_begin(logs)
        self._steps_before = len(self.steps)
        self._time = TimeLeft.of(self.model.run, self.params["epochs"])
        self._epoch = self.model.state.epoch
        self._interrupt_if_requested()
        self._take()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Stores the epoch."""
        self._epoch = epoch
        if len(self.steps) == self._steps_before:
            self._time.restart()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Stores the losses, and takes a snapshot if the last is older than `SECONDS`."""
        self._interrupt_if_requested()
        before = len(self.steps)
        super().on_train_batch_end(batch, logs)
        if len(self.steps) == before:
            return  # The optimizer rejected its trials, and made no step.
        self._time.count_step(self._epoch)
        if time.monotonic() >= self._next:
            self._take()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Takes the last snapshot."""
        self._take()
        # A page may stay open for hours; free the trainer and its compiled functions.
        del self._time
        self.set_model(None)

    def _interrupt_if_requested(self) -> None:
        if self.stop_requested:
            self.model.interrupt_training = True

    def _take(self) -> None:
        state = self.model.state
        self.latest = Snapshot(
            image=self.model.image[..., :3],
            step=state.step,
            all_steps=sum(map(self._time.steps_in, range(self.params["epochs"]))),
            seconds_left=self._time.seconds_left(self._epoch, state.steps_in_epoch),
            steps=list(self.steps),
            losses={name: list(values) for name, values in self.history.items()},
        )
        self._next = time.monotonic() + SECONDS


def describe(error: Exception) -> str | None:
    """The sentence that reports an error to a visitor; `None` for a bug in the package."""
    if isinstance(error, OSError) and error.strerror:
        # The full text of the error would reveal folders of the server.
        return f"The app cannot write its files: {error.strerror}. Try again later."
    return describe_failure(error)


class Picture:
    """A picture, which may be stopped and resumed.

    Attributes:
        folder: The folder of all its files.
        output: The result, in a folder inside `folder`, as are `sidecar` and `content`.
        sidecar: The settings.
        content: The photograph, at the size of the result.
        error: Why the run failed, as a sentence; `None` if it did not.
        stopped: Whether the run was stopped.
        is_learned: Whether the style is a learned painting.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._snapshots = Snapshots()
        self._checkpoint = folder / "run.npz"
        self._job = job_class(settings)(
            settings,
            checkpoint=str(self._checkpoint),
            resume=True,
            sidecar=False,
            # The page shows `Ending.reason` instead.
            notify=lambda sentence: None,
        )
        self._run: Future[None] = Future()
        self._run.set_result(None)  # Not running yet.
        self.folder = folder
        self.output = self._job.output
        self.sidecar = sidecar_path(self.output)
        self.content = self.output.with_name("photograph.jpg")
        self.error: str | None = None
        self.stopped = False
        self.is_learned = has_learned_style(settings)

    @property
    def snapshot(self) -> Snapshot | None:
        """The latest snapshot."""
        return self._snapshots.latest

    @property
    def is_running(self) -> bool:
        """Whether it is being made or waiting."""
        return not self._run.done()

    @property
    def can_resume(self) -> bool:
        """Whether it was stopped and `start` would resume it."""
        return self.stopped and self._checkpoint.exists()

    def start(self, worker: Executor) -> None:
        """Adds the run, or the rest of a stopped run, to the worker's queue."""
        self._snapshots.stop_requested = False
        self._run = worker.submit(self._make)

    def stop(self) -> None:
        """Stops the run after its step, or removes it from the queue."""
        self._snapshots.stop_requested = True
        self._run.cancel()

    def wait(self, seconds: float | None = None) -> None:
        """Waits until the run ends, or for at most this time."""
        wait([self._run], seconds)

    def when_done(self, function: Callable[[], object]) -> None:
        """Calls a function when the run has ended, or immediately if it has already."""
        self._run.add_done_callback(lambda _: function())

    def keep_only_result(self) -> None:
        """Removes all its files except the picture and its settings."""
        with contextlib.suppress(FileNotFoundError):  # The whole folder may have been removed.
            for path in self.folder.iterdir():
                if path != self.output.parent:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _make(self) -> None:
        self.error, self.stopped = None, False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._fit_and_write()
        except Exception as error:
            self.error = describe(error)
            if self.error is None:
                traceback.print_exception(error)
                self.error = INTERNAL_ERROR
            self.error = self.error.replace(f"{self.folder}/", "")
        finally:
            if not self.can_resume:
                self._checkpoint.unlink(missing_ok=True)

    def _fit_and_write(self) -> None:
        """Runs or resumes the job, and writes the sidecar."""
        ending = self._job.run(callbacks=[self._snapshots])
        self.stopped = ending.interrupted
        if ending.diverged:
            self.error = ending.reason
        shape = ending.image.shape[:2]
        write_image(self.content, read_cut_out(self._job.settings["content"], shape=shape)[0])
        self.sidecar.write_text(ending.settings_text or "", encoding="utf-8")
