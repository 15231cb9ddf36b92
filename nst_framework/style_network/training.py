"""Trains style networks on photographs: Keras's `fit`, checkpoints and the network's file."""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras

from ..backend import enable_determinism
from ..backend.environment import environment_change
from ..quiet_tensorflow import quiet_tensorflow
from ..saving import warn_if_not_saved
from .file import write_network
from .network import StyleNetwork
from .objective import StyleObjective
from .photographs import Photographs
from .training_callbacks import (
    DivergedError,
    KeepGoodWeights,
    PaintPreview,
    PrintProgress,
    SaveCheckpoint,
    StepCounter,
)
from .training_checkpoint import load_training, save_training

WARM_UP = 100
"""Number of warm-up steps; a tenth of all steps if that is fewer."""

LAST_RATE = 0.01
"""The final learning rate, as a fraction of the largest."""

LARGEST_HELD_OUT = 64
"""Maximum number of photographs on which the objective is measured after each epoch."""


@dataclass
class Training:
    """The training of a network, which can be resumed exactly.

    Attributes:
        network: The network.
        objective: The objective to minimize.
        photographs: The training data. An epoch is the time between two checkpoints.
        steps: The total number of steps.
        learning_rate: The largest learning rate of Adam.
        output: Path of the network's file.
        checkpoint: Path of the checkpoint, which is saved after each epoch.
        preview: Path of the preview, with held-out photographs painted after each epoch, or `None`.
        made_of: Settings and digests that identify the training in its checkpoint.
        recorded: Information about the training for the network's file.
        tell: Called with each message for the user.
        verbose: Whether progress is printed.
    """

    network: StyleNetwork
    objective: StyleObjective
    photographs: Photographs
    steps: int
    learning_rate: float
    output: Path
    checkpoint: Path
    preview: Path | None
    made_of: Mapping[str, Any]
    recorded: Mapping[str, Any]
    tell: Callable[[str], None]
    verbose: bool = True
    taken: StepCounter = field(init=False)

    def __post_init__(self) -> None:
        enable_determinism()
        self.taken = StepCounter(self.photographs, self.steps)
        optimizer = keras.optimizers.Adam(learning_rates(self.learning_rate, self.steps))
        self.network.compile(optimizer, loss=self.objective)
        optimizer.build(self.network.trainable_variables)

    def resume(self) -> None:
        """Restores weights, optimizer and steps from the checkpoint.

        Raises:
            ValueError: If it is not a checkpoint of this training.
        """
        state = load_training(self.checkpoint, self.network, self.made_of)
        self.taken.step = state.step
        self.photographs.broken.update(state.broken)
        change = environment_change(state.made_with)
        if change is not None:
            self.tell(f"nst: note: {self.checkpoint} was {change}".replace("picture", "painting"))

    def run(self) -> str:
        """Trains and writes the network; returns `complete`, `interrupted` or `diverged`.

        Raises:
            KeyboardInterrupt: If the training was interrupted within a step.
        """
        good = KeepGoodWeights(self.taken)
        ending = "complete"
        if self.taken.step < self.steps:
            try:
                self._fit(good)
            except DivergedError:
                good.restore()
                ending = "diverged"
            except KeyboardInterrupt:
                if not self.taken.interrupted:
                    raise
                ending = "interrupted"
                with warn_if_not_saved(self.checkpoint, ""):
                    self.save()
        if self.taken.step:
            self._write()
        if ending != "interrupted":
            with contextlib.suppress(OSError):
                self.checkpoint.unlink(missing_ok=True)
        return ending

    def save(self) -> None:
        """Writes the checkpoint."""
        step, broken = self.taken.step, self.photographs.broken
        save_training(self.checkpoint, self.network, step, self.made_of, broken)

    def _fit(self, good: KeepGoodWeights) -> None:
        held_out = self.photographs.held_out.first(LARGEST_HELD_OUT)
        has_held_out = held_out.num_batches > 0
        # The order matters: later callbacks rely on weights that have been checked.
        callbacks: list[keras.callbacks.Callback] = [self.taken, good]
        callbacks.append(SaveCheckpoint(self.save, self.checkpoint))
        if self.preview is not None:
            shown = held_out if has_held_out else self.photographs
            callbacks.append(PaintPreview(self.preview, shown))
        progress = PrintProgress(self.taken)
        steps_per_epoch = self.photographs.steps_per_epoch
        with contextlib.ExitStack() as first_step, contextlib.ExitStack() as lines:
            # TensorFlow prints an error if an iterator still exists when Python exits.
            lines.callback(gc.collect)
            lines.callback(progress.end_line)
            first_step.enter_context(quiet_tensorflow())
            end = keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda batch, logs: first_step.close()
            )
            self.network.fit(
                self.photographs,
                validation_data=held_out if has_held_out else None,
                initial_epoch=self.taken.step // steps_per_epoch,
                epochs=-(-self.steps // steps_per_epoch),
                callbacks=[end, *callbacks, *([progress] if self.verbose else [])],
                shuffle=False,
                verbose=0,
            )

    def _write(self) -> None:
        """Writes the network, or if that fails, to a temporary file that the error names."""
        training = {**self.recorded, "steps": self.taken.step}
        record = self.network.record
        record = replace(record, objective={**record.objective, "training": training})
        try:
            write_network(self.output, self.network, record)
        except OSError as error:
            place = Path(tempfile.gettempdir(), f"{self.output.stem}-{os.getpid()}.keras")
            try:
                write_network(place, self.network, record)
                where = f"is in {str(place)!r}"
            except OSError:
                where = "could not be saved elsewhere either"
            saved = self.checkpoint.is_file()
            resume = f" Free some space, and add --resume to resume from {self.checkpoint}."
            raise OSError(
                f"{str(self.output)!r} could not be written ({error.strerror or error}). The "
                f"network {where}.{resume if saved else ''}"
            ) from error


def learning_rates(largest: float, steps: int) -> Any:
    """A short warm-up to the largest learning rate, then a cosine decay to a hundredth of it."""
    warm_up = min(WARM_UP, steps // 10)
    if not warm_up:
        return keras.optimizers.schedules.CosineDecay(largest, steps, alpha=LAST_RATE)
    return keras.optimizers.schedules.CosineDecay(
        largest / warm_up,
        steps - warm_up,
        alpha=LAST_RATE,
        warmup_target=largest,
        warmup_steps=warm_up,
    )
