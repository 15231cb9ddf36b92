"""Epochs: each is one run of the optimizer, whose steps are reported to the callbacks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from ..objective.evaluation import Evaluation, NonFiniteLossError, NonFiniteLossWarning
from .keras_callbacks import keep_backups
from .run import Run


@dataclass(frozen=True)
class EpochEnd:
    """The outcome of an epoch.

    Attributes:
        steps: Number of accepted steps.
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
) -> None:
    """Runs epochs until all are completed, a callback stops the run, or it cannot continue.

    Args:
        run: The run; its `stop_reason` and `diverged` say how it ended.
        epochs: Total number of epochs.
        steps: Maximum number of steps in each epoch.
        events: The callbacks.
        is_stopped: Says whether a callback has asked to stop.
    """
    state = run.state
    run.stop_reason = f"No epoch was left to run: {state.epoch} of {epochs} were done."
    if is_stopped():
        run.stop_reason = "A callback stopped the run before its first step."
    try:
        ended = is_stopped()
        while state.epoch < epochs and not ended:
            run.begin_epoch()
            epoch = state.epoch
            events.on_epoch_begin(epoch)
            end = run_epoch(run, steps, events, is_stopped)
            run.stop_reason, run.diverged = end.reason, end.diverged
            if end.diverged:
                warnings.warn(end.reason, NonFiniteLossWarning, stacklevel=3)
            # If not a single step is accepted, further epochs would end the same way.
            ended = is_stopped() or end.diverged or end.steps == 0
            events.on_epoch_end(epoch, dict(end.logs))
            if is_stopped() and not ended:
                run.stop_reason = "A callback stopped the run at the end of the epoch."
                ended = True
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            run.stop_reason = "Interrupted from the keyboard."
        keep_backups(events)
        raise
    finally:
        events.on_train_end()


def run_epoch(
    run: Run, steps: int, events: keras.callbacks.CallbackList, is_stopped: Callable[[], bool]
) -> EpochEnd:
    """Runs the optimizer once, starting from the current image, and keeps the state up to date.

    Args:
        run: The run, whose optimizer changes the image and whose state is updated.
        steps: Maximum number of steps.
        events: The callbacks, to which steps are reported.
        is_stopped: Says whether a callback has asked to stop, which ends the epoch after the step.

    Returns:
        The outcome of the epoch.
    """
    state, optimizer = run.state, run.optimizer
    logs: dict[str, float] = {}
    batch = 0
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
        if optimizer.iterations is not None:
            optimizer.iterations.assign(state.step)
        remember_best(image, evaluation)
        logs.update(run.labels | evaluation.logs)
        end_batch()
        return is_stopped()

    first_step = state.step
    # The optimizer replaces its state, so a reference here would keep it in memory twice.
    state.optimizer_state = {}
    diverged = False
    try:
        reason = optimizer.minimize(evaluate, state.image, steps, on_step)
    except NonFiniteLossError as error:
        reason, diverged = str(error), True
        logs.update(run.labels | error.evaluation.logs)
    if batch_has_begun:
        # The last trials led to no step, but each batch that begins must end.
        end_batch()
    logs.update(run.measure())
    if not diverged:
        state.epoch += 1
        state.optimizer_state = optimizer.get_state()
        for name, value in logs.items():
            state.history.setdefault(name, []).append(value)
    return EpochEnd(state.step - first_step, reason, diverged, logs)
