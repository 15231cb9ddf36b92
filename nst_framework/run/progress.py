"""The output of `Trainer.fit(verbose=...)`: initial terms, losses, metrics and time left."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from typing import Any

import keras

from ..text import format_duration, format_time_left
from .time_left import TimeLeft

SLOW = 10.0
"""Seconds. If the first evaluation, including compilation, takes longer, the gradient shares are
not measured, because that takes one evaluation per term."""


def make_events(
    model: object,
    callbacks: Sequence[keras.callbacks.Callback],
    epochs: int,
    steps: int,
    verbose: str | int,
) -> keras.callbacks.CallbackList:
    """Combines the user's callbacks, the progress output for `verbose`, and a history.

    `epochs` and `steps` are the total number of epochs and the maximum number of steps in each.
    """
    if verbose not in ("auto", 0, 1, 2):
        raise ValueError(
            "Invalid value for argument `verbose`. Expected 'auto', 0, 1 or 2. "
            f"Received: verbose={verbose!r}. Pass 0 for no output."
        )
    if verbose == "auto":
        # A process without a terminal may have no stdout at all.
        verbose = 1 if sys.stdout is not None and sys.stdout.isatty() else 2
    progress = [ProgressPrinter(every_step=verbose == 1)] if verbose else []
    return keras.callbacks.CallbackList(
        [*callbacks, *progress],
        add_history=True,
        model=model,
        epochs=epochs,
        steps=steps,
        verbose=verbose,
    )


class ProgressPrinter(keras.callbacks.Callback):
    """Prints one line per epoch. With `every_step`, for terminals, updates it at every step."""

    def __init__(self, every_step: bool) -> None:
        super().__init__()
        self.every_step = every_step
        self._width = 0
        self._has_reader = True

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._time = TimeLeft.of(self.model.run, self.params["epochs"])
        self._resolution = ""

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        resolution = self.model.run.stage.resolution
        if resolution != self._resolution:
            self._resolution = resolution
            self._say(f"{resolution}, {self.model.precision}")
        if self.model.state.step == 0:
            self._print_terms()
            self._time.restart()
        self._epoch = epoch
        self._steps_in_epoch = self.model.state.steps_in_epoch
        self._steps_before = self.model.state.step - self._steps_in_epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        steps_in_epoch = self.model.state.step - self._steps_before
        if steps_in_epoch == self._steps_in_epoch:
            return  # No trial was accepted as a step.
        self._time.count_step(self._epoch)
        self._steps_in_epoch = steps_in_epoch
        if self.every_step:
            self._print(logs, end="")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._print(logs, end="\n")
        # A loss that is not finite has its own warning.
        if self._steps_in_epoch < self._time.steps_in(epoch) and not self.model.run.diverged:
            self._say(f"The epoch ended early. {self.model.stop_reason}")

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        # An interrupted run skips `on_epoch_end`, which would end the line.
        if self._width:
            self._say("")

    def _print_terms(self) -> None:
        """Prints each term and its share of the gradient, to show the effect of the weights."""
        start = time.monotonic()
        run = self.model.run
        values = run.evaluate(run.as_batch()).logs
        seconds = time.monotonic() - start
        if seconds > SLOW:
            del values["loss"]
            for name, value in values.items():
                self._say(f"{name}: {value:.4g} at the start")
            self._say(
                "Shares of the gradient were not measured, because that takes one evaluation per "
                f"term and one took {seconds:.0f} s. Call trainer.measure_terms() to measure them."
            )
            return
        for name, report in self.model.measure_terms().items():
            share = f"{report.share:.2%} of the gradient"
            self._say(f"{name}: {report.value:.4g} at the start, {share}")

    def _say(self, text: str, end: str = "\n") -> None:
        """Prints, unless the output pipe is closed, which does not end the run."""
        if self._has_reader:
            try:
                print(text, end=end, flush=True)
            except OSError:
                self._has_reader = False

    def _print(self, logs: dict[str, Any] | None, end: str) -> None:
        epochs, steps = self.params["epochs"], self._time.steps_in(self._epoch)
        remaining = self._time.seconds_left(self._epoch, self._steps_in_epoch)
        # Keras sorts the names; the total loss should come before its terms.
        ordered = sorted((logs or {}).items(), key=lambda item: item[0] != "loss")
        values = " - ".join(f"{name}: {value:.4g}" for name, value in ordered)
        line = (
            f"Epoch {self._epoch + 1}/{epochs} - step {self._steps_in_epoch}/{steps} - "
            f"{format_duration(self._time.elapsed)}, {format_time_left(remaining)} - {values}"
        )
        if end == "":
            # A line that wraps could not be overwritten.
            line = line[: shutil.get_terminal_size().columns - 1]
        start = "\r" if self.every_step else ""
        self._say(f"{start}{line.ljust(self._width)}", end)
        self._width = len(line) if end == "" else 0
