"""Epochs: each is one run of the optimizer, whose steps are reported to the callbacks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from ..objective.evaluation import Evaluation, NonFiniteLossError, NonFiniteLossWarning
from .keras_callbacks import end_training, keep_backups
from .run import Run


@dataclass(frozen=True)
class EpochEnd:
    """The outcome of an epoch.

    Attributes:
        steps: Number of accepted steps, with those before the run was resumed.
        reason: Why the epoch ended.
        diverged: Whether it ended because the loss or its gradient was not finite.
        logs: The losses and metrics at its end.
    """

    steps: int
    reason: str
    diverged: bool
    logs: dict[str, float]


def run_epochs(
    run: Run,
    epochs: int,
    steps: int,
    events: keras.callbacks.CallbackList,
    is_stopped: Callable[[], bool],
    is_interrupted: Callable[[], bool],
) -> None:
    """Runs epochs until all are completed, a callback stops the run, or it cannot continue.

    Args:
        run: The run; its `stop_reason` and `diverged` say how it ended.
        epochs: Total number of epochs.
        steps: Maximum number of steps in each epoch.
        events: The callbacks.
        is_stopped: Says whether a callback has asked to stop.
        is_interrupted: Says whether the run is to end as after Ctrl-C, but between two steps.

    Raises:
        KeyboardInterrupt: If the run was interrupted before it was completed.
    """
    state = run.state
    run.stop_reason = f"No epoch was left to run: {state.epoch} of {epochs} were done."
    if is_stopped():
        run.stop_reason = "A callback stopped the run before its first step."
    try:
        ended = is_stopped()
        while state.epoch < epochs and not ended:
            if is_interrupted():
                raise KeyboardInterrupt
            run.begin_epoch()
            epoch = state.epoch
            events.on_epoch_begin(epoch)
            end = run_epoch(
                run, run.method.steps_in(epoch, steps), events, is_stopped, is_interrupted
            )
            run.stop_reason, run.diverged = end.reason, end.diverged
            if end.diverged:
                warnings.warn(end.reason, NonFiniteLossWarning, stacklevel=3)
            # If not a single step is accepted, further epochs would end the same way.
            ended = is_stopped() or end.diverged or end.steps == 0
            events.on_epoch_end(epoch, dict(end.logs))
            run.between_steps = True
            if is_stopped() and not ended:
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
    run: Run,
    steps: int,
    events: keras.callbacks.CallbackList,
    is_stopped: Callable[[], bool],
    is_interrupted: Callable[[], bool],
) -> EpochEnd:
    """Runs the optimizer once, starting from the current image, and keeps the state up to date.

    A run that was saved within an epoch makes the steps that are left of it.

    Args:
        run: The run, whose optimizer changes the image and whose state is updated.
        steps: Maximum number of steps.
        events: The callbacks, to which steps are reported.
        is_stopped: Says whether a callback has asked to stop, which ends the epoch after the step.
        is_interrupted: Says whether to leave the epoch after the step, without completing it.

    Returns:
        The outcome of the epoch.

    Raises:
        KeyboardInterrupt: If the epoch was interrupted.
    """
    state, optimizer = run.state, run.optimizer
    logs: dict[str, float] = {}
    batch = state.steps_in_epoch
    batch_has_begun = False

    def begin_batch() -> None:
        nonlocal batch_has_begun
        if not batch_has_begun:
            batch_has_begun = True
            events.on_train_batch_begin(batch)

    def end_batch() -> None:
        nonlocal batch, batch_has_begun
        events.on_train_batch_end(batch, dict(logs))
        batch_has_begun = False
        batch += 1

    def evaluate(image: Any) -> Evaluation:
        begin_batch()
        evaluation = run.evaluate(image)
        if not evaluation.finite:
            raise NonFiniteLossError(evaluation)
        # An epoch without a step logs the losses of its starting image.
        if not logs:
            logs.update(run.labels | evaluation.logs)
            remember_best(image.copy() if isinstance(image, np.ndarray) else image, evaluation)
        return evaluation

    def remember_best(image: Any, evaluation: Evaluation) -> None:
        if evaluation.loss < state.best_loss:
            state.best_loss, state.best_image = evaluation.loss, image

    def on_step(image: Any, evaluation: Evaluation) -> bool:
        begin_batch()
        state.image = image
        state.step += 1
        state.steps_in_epoch += 1
        if optimizer.iterations is not None:
            optimizer.iterations.assign(state.step)
        remember_best(image, evaluation)
        logs.update(run.labels | evaluation.logs)
        end_batch()
        run.between_steps = True
        if is_interrupted():
            raise KeyboardInterrupt
        stop = is_stopped()
        run.between_steps = False
        return stop

    run.between_steps = False
    steps_left = steps - state.steps_in_epoch
    # The optimizer replaces its state, so a reference here would keep it in memory twice.
    state.optimizer_state = {}
    diverged = False
    try:
        if steps_left > 0:
            reason = optimizer.minimize(evaluate, state.image, steps_left, on_step)
        else:
            # The run was saved after the last step of an epoch, and before the epoch ended.
            reason = f"all {state.steps_in_epoch} steps done"
            logs.update(run.labels | run.evaluate(state.image).logs)
    except NonFiniteLossError as error:
        reason, diverged = str(error), True
        logs.update(run.labels | error.evaluation.logs)
    if batch_has_begun:
        # The last trials led to no step, but each batch that begins must end.
        end_batch()
    logs.update(run.measure())
    steps_made = state.steps_in_epoch
    if not diverged:
        state.epoch += 1
        state.steps_in_epoch = 0
        state.steps_per_epoch.append(steps)
        state.optimizer_state = optimizer.get_state()
        for name, value in logs.items():
            state.history.setdefault(name, []).append(value)
    return EpochEnd(steps_made, reason, diverged, logs)
