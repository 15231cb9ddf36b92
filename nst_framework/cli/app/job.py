"""One picture of the app, made in a thread of its own."""

from __future__ import annotations

import argparse
import threading
import traceback
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..components import make_styles, make_trainer
from ..configuration import as_options, effective_settings
from ..failures import describe_failure
from ..sidecar import format_inside, input_digests
from ..transfer import resolved
from .queue import Queue
from .watcher import Progress, Watcher

if TYPE_CHECKING:
    from ... import Trainer

OWN_FAULT = "An error of the app itself. The terminal in which it was started shows more."


class Job:
    """Makes a picture, which may be stopped and gone on with.

    Args:
        typed: The options, as the user could have typed them.
        folder: The folder of its files.
        queue: Lets one picture in at a time.

    Attributes:
        folder: The folder of its files.
        settings: The settings of the run.
        output: The path of the picture.
        record: The path of the file of its settings.
        error: What went wrong, in a sentence, or `None`.
        stopped: Whether it was stopped before its end.
    """

    def __init__(self, typed: argparse.Namespace, folder: Path, queue: Queue) -> None:
        self.settings: Mapping[str, Any] = effective_settings(typed)
        self.output = Path(self.settings["output"])
        self.record = Path(f"{self.output}.toml")
        self.error: str | None = None
        self.stopped = False
        self.folder = folder
        self._checkpoint = folder / "run.npz"
        self._queue = queue
        self._options = as_options(self.settings, typed)
        self._watcher = Watcher()
        self._trainer: Trainer | None = None
        self._stop = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Takes its place in the queue, and begins, or goes on where it was stopped.

        Raises:
            ValueError: If it is at work, or too many wait.
        """
        with self._starting:
            if self.is_running:
                raise ValueError("Expected a picture that was stopped. Received: one at work.")
            self._begin()

    def _begin(self) -> None:
        self._queue.join(self)
        self.error, self.stopped = None, False
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Asks the run to stop after its step, or not to begin."""
        self._stop.set()
        if self._trainer is not None:
            self._trainer.interrupt_training = True

    @property
    def is_running(self) -> bool:
        """Whether it is at work."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def place(self) -> int:
        """How many pictures are made before it; 0 if it is its turn."""
        return self._queue.place(self)

    @property
    def can_go_on(self) -> bool:
        """Whether it was stopped, and `start` goes on."""
        return self.stopped and self._checkpoint.exists()

    def wait(self, seconds: float) -> Progress | None:
        """The latest progress, if there is a new one within some seconds."""
        return self._watcher.wait(seconds)

    def join(self, seconds: float | None = None) -> None:
        """Waits for the end, or some seconds."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while not self._queue.wait(self, 0.2):
                if self._stop.is_set():
                    self.stopped = self._checkpoint.exists()
                    return
            with warnings.catch_warnings():
                # What they say is in `stop_reason`, which the page shows.
                warnings.simplefilter("ignore")
                self._fit()
        except Exception as error:
            self.error = describe_failure(error)
            if self.error is None:
                traceback.print_exception(error)
                self.error = OWN_FAULT
            self.error = self.error.replace(f"{self.folder}/", "")
        finally:
            if not self.can_go_on:
                self._checkpoint.unlink(missing_ok=True)
                self._trainer = None
            self._queue.leave(self)

    def _fit(self) -> None:
        import keras

        from ...callbacks import Checkpoint

        options = self._options
        styles, inputs = make_styles(options), input_digests(self.settings)
        self._trainer = trainer = self._trainer or make_trainer(options)
        # `fit` begins by forgetting that it was interrupted.
        begun = keras.callbacks.LambdaCallback(
            on_train_begin=lambda logs: setattr(trainer, "interrupt_training", self._stop.is_set())
        )
        stopped = False
        try:
            trainer.fit(
                options.content,
                styles,
                size=options.size,
                epochs=options.epochs,
                steps_per_epoch=options.steps_per_epoch,
                initial_image=options.initial_image,
                noise=options.noise,
                color=options.color,
                callbacks=[Checkpoint(self._checkpoint), self._watcher, begun],
                resume_from=self._checkpoint if self._checkpoint.exists() else None,
                verbose=0,
                seed=options.seed,
            )
        except KeyboardInterrupt:
            stopped = True
        if trainer.run.diverged:
            self.error = trainer.stop_reason
        self._write(trainer, inputs, trainer.state.step if stopped else None)
        self.stopped = stopped

    def _write(
        self, trainer: Trainer, inputs: Mapping[Path, str], stopped_after: int | None
    ) -> None:
        from ...images.writing import write_image

        settings = resolved(self.settings, trainer)
        record = format_inside(settings, inputs, stopped_after=stopped_after)
        write_image(self.output, trainer.image, record)
        self.record.write_text(record or "", encoding="utf-8")
