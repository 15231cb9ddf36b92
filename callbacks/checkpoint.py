"""Saves the whole run so that it can be resumed later."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

import keras

from nst_framework.saving import check_writable, lock_output, warn_if_not_saved

from .timing import Timer


class Checkpoint(keras.callbacks.Callback):
    """Saves the whole run to one file at the end of every epoch, and optionally more often.

    `trainer.fit(..., resume_from=path)` resumes it. A run that is killed and resumed, any number of
    times, equals an uninterrupted run bit for bit. The file holds the image at full precision, the
    best image, the counters, the history, the optimizer's state, the configuration of the run and
    a checksum. It does not include the state of other callbacks.

    An interruption between two steps also saves the run. If the file cannot be written, the run
    warns, continues, and tries again later. The file is locked against other processes.

    Example:
    ```python
    checkpoint = Checkpoint("run.npz", keep=2, every_seconds=300)
    trainer.fit(content, style, epochs=10, callbacks=[checkpoint])
    ```

    Args:
        path: Path of the file, ending in .npz. It is replaced atomically, so it is always a
            complete checkpoint.
        keep: Number of checkpoints to keep. With 2, the previous one is kept as `run.1.npz`, and
            `fit` uses it if the latest one is damaged.
        every_steps: Number of steps between checkpoints within an epoch.
        every_seconds: Number of seconds between checkpoints within an epoch.
    """

    saves_the_run = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        keep: int = 1,
        every_steps: int | None = None,
        every_seconds: float | None = None,
    ) -> None:
        super().__init__()
        if not isinstance(keep, int) or keep < 1:
            raise ValueError(
                "Invalid value for argument `keep`. Expected a whole number of at least 1. "
                f"Received: keep={keep!r}."
            )
        for name, value in (("every_steps", every_steps), ("every_seconds", every_seconds)):
            if value is not None and not value > 0:
                raise ValueError(
                    f"Invalid value for argument `{name}`. Expected a number above 0, or None. "
                    f"Received: {name}={value!r}."
                )
        self.path = Path(path)
        self.keep = keep
        self.every_steps = every_steps
        self._timer = Timer(math.inf if every_seconds is None else every_seconds)
        self._lock = contextlib.ExitStack()

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks that the file can be written, and locks it."""
        check_writable(self.path, [".npz"])
        within_epochs = self.every_steps is not None or self._timer.every_seconds < math.inf
        if within_epochs and not self.model.optimizer.resumes_within_epoch:
            raise ValueError(
                "Expected an optimizer that can resume within an epoch, because of every_steps or "
                f"every_seconds. Received: {type(self.model.optimizer).__name__}, which can "
                "only resume between epochs. Leave out every_steps and every_seconds and run "
                "shorter epochs, or use ProjectedLBFGS or a Keras optimizer."
            )
        self._lock.close()
        self._lock.enter_context(lock_output(self.path))
        self._remember()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Saves the run within an epoch if a checkpoint is due."""
        state = self.model.state
        if state.steps_in_epoch >= self.params["steps"] or state.step == self._saved[1]:
            return  # The epoch ends right after this step, or no trial was accepted as a step.
        by_steps = self.every_steps and state.step % self.every_steps == 0
        if by_steps or self._timer.is_due():
            self._save()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Saves the run."""
        self._save()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Saves a run that ended between two checkpoints and unlocks the file."""
        run, state = self.model.run, self.model.state
        can_resume = run.between_steps and (
            run.optimizer.resumes_within_epoch or state.steps_in_epoch == 0
        )
        if can_resume and self._saved != (state.epoch, state.step):
            self._save()
        self._lock.close()

    def _save(self) -> None:
        with warn_if_not_saved(self.path):
            self.model.save(self.path, keep=self.keep)
            self._remember()

    def _remember(self) -> None:
        self._saved = self.model.state.epoch, self.model.state.step
        self._timer.restart()
