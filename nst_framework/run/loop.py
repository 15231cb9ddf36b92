"""The loop of a run: epochs of steps, which Keras callbacks see as batches."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any, Protocol

import keras
import numpy as np

from ..objective.evaluation import Evaluation, NonFiniteLossError, NonFiniteLossWarning
from .keras_callbacks import end_training, keep_backups
from .run import Run
from .stages import PlannedStage


class Flags(Protocol):
    """The attributes that a callback sets on its model to end a run.

    Attributes:
        stop_training: Whether to end the epoch, and the run, after the current step.
        interrupt_training: Whether to end the run after the current step as Ctrl-C does.
    """

    stop_training: bool
    interrupt_training: bool


def run_epochs(run: Run, epochs: int, events: keras.callbacks.CallbackList, flags: Flags) -> None:
    """Runs epochs until all are done, a callback ends the run, or it cannot continue.

    `run.stop_reason` and `run.diverged` record how it ended. An interrupted run raises
    `KeyboardInterrupt`.
    """
    state = run.state
    run.stop_reason = f"No epoch was left to run: {state.epoch} of {epochs} were complete."
    if flags.stop_training:
        run.stop_reason = "A callback stopped the run before its first step."
    try:
        ended = flags.stop_training
        while state.epoch < epochs and not ended:
            if flags.interrupt_training:
                raise KeyboardInterrupt
            stage = run.enter_stage()
            epoch = state.epoch
            events.on_epoch_begin(epoch)
            steps, logs = run_epoch(run, stage, events, flags)
            if run.diverged:
                warnings.warn(run.stop_reason, NonFiniteLossWarning, stacklevel=3)
            # If no step is accepted, further epochs would end the same way.
            ended = flags.stop_training or run.diverged or steps == 0
            events.on_epoch_end(epoch, dict(logs))
            run.between_steps = True
            if flags.stop_training and not ended:
                run.stop_reason = "A callback stopped the run at the end of the epoch."
                ended = True
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            run.stop_reason = "Interrupted from the keyboard."
        keep_backups(events)
        raise
    finally:
        end_training(events)


def run_epoch(
    run: Run, stage: PlannedStage, events: keras.callbacks.CallbackList, flags: Flags
) -> tuple[int, dict[str, float]]:
    """Runs the remaining steps of an epoch; returns the epoch's number of steps and its logs."""
    state = run.state
    # The optimizer replaces its state; a reference here would keep two copies in memory.
    state.optimizer_state = {}
    run.between_steps = False
    objective = EpochObjective(run)
    logs: dict[str, float] = {}
    reason, diverged = "", False
    with contextlib.closing(stage.optimizer.steps(objective, state.image)) as steps:
        for batch in range(state.steps_in_epoch, stage.steps):
            events.on_train_batch_begin(batch)
            try:
                logs = run.accept(next(steps))
            except StopIteration as end:
                reason = end.value or "The optimizer makes no further step."
                logs = logs or objective.first_logs
            except NonFiniteLossError as error:
                reason, diverged = str(error), True
                logs = run.logs(error.evaluation)
            events.on_train_batch_end(batch, dict(logs))
            if reason:
                break
            run.between_steps = True
            if flags.interrupt_training:
                raise KeyboardInterrupt
            run.between_steps = False
            if flags.stop_training:
                reason = f"A callback stopped the run after step {batch + 1} of the epoch."
                break
    if not logs:
        # The run was saved after the last step of the epoch but before its end.
        logs = run.logs(run.evaluate(state.image))
    logs = logs | run.measure()
    steps_made = state.steps_in_epoch
    run.diverged = diverged
    run.stop_reason = reason or f"The epoch is complete: all {steps_made} steps done."
    if not diverged:
        run.complete_epoch(stage.steps, logs)
    return steps_made, logs


class EpochObjective:
    """The objective of an epoch for the optimizer; it raises if the loss is not finite.

    The first evaluation is of the starting image. That image may remain the best one, and an epoch
    without a step logs its losses.

    Attributes:
        first_logs: The losses of the first evaluation; empty before it.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self.first_logs: dict[str, float] = {}

    def __call__(self, image: Any) -> Evaluation:
        """Evaluates an array or tensor `(1, height, width, 3)`, float32."""
        evaluation = self._run.evaluate(image)
        if not evaluation.finite:
            raise NonFiniteLossError(evaluation)
        if not self.first_logs:
            self.first_logs = self._run.logs(evaluation)
            # An optimizer may modify its image in place.
            own = image.copy() if isinstance(image, np.ndarray) else image
            self._run.remember_best(own, evaluation)
        return evaluation
