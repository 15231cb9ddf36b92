"""One epoch: one run of the optimizer, whose steps the callbacks are told of."""

from __future__ import annotations

import math
import warnings
from typing import Protocol

import keras
import numpy as np

from ..objective.evaluation import Evaluation, NonFiniteLossError, NonFiniteLossWarning
from .run import Run


class Stoppable(Protocol):
    """What an epoch needs of the trainer: callbacks stop it, and it says why it stopped."""

    stop_training: bool
    stop_reason: str
    diverged: bool


def run_epoch(
    trainer: Stoppable, run: Run, steps: int, events: keras.callbacks.CallbackList
) -> None:
    """Runs the optimizer once, from the state's image on, and keeps the state up to date.

    Args:
        trainer: Its `stop_training` ends the epoch after a step; its `stop_reason` is set, and
            `diverged` if the loss was not finite.
        run: The run, whose optimizer moves the image and whose state goes on.
        steps: How many steps to make at most.
        events: The callbacks.
    """
    state, optimizer = run.state, run.optimizer
    epoch = state.epoch
    logs: dict[str, float] = {}
    batch = 0

    def evaluate(image: np.ndarray) -> Evaluation:
        evaluation = run.objective(image)
        finite = math.isfinite(evaluation.loss) and bool(np.isfinite(evaluation.gradient).all())
        if not finite:
            logs.update(run.labels | evaluation.logs)
            raise NonFiniteLossError(evaluation)
        # An epoch without a step has the losses of the image that it began with.
        if not logs:
            logs.update(run.labels | evaluation.logs)
            remember_best(image, evaluation)
        return evaluation

    def remember_best(image: np.ndarray, evaluation: Evaluation) -> None:
        if evaluation.loss < state.best_loss:
            state.best_loss, state.best_image = evaluation.loss, image

    def on_step(image: np.ndarray, evaluation: Evaluation) -> bool:
        nonlocal batch
        state.image = image
        state.step += 1
        remember_best(image, evaluation)
        logs.update(run.labels | evaluation.logs)
        events.on_train_batch_end(batch, dict(logs))
        batch += 1
        if batch < steps and not trainer.stop_training:
            events.on_train_batch_begin(batch)
        return trainer.stop_training

    events.on_epoch_begin(epoch)
    events.on_train_batch_begin(batch)
    try:
        trainer.stop_reason = optimizer.minimize(evaluate, state.image, steps, on_step)
    except NonFiniteLossError as error:
        trainer.stop_reason = str(error)
        trainer.diverged = True
        warnings.warn(trainer.stop_reason, NonFiniteLossWarning, stacklevel=3)
        events.on_train_batch_end(batch, dict(logs))
    # Where not even one step is accepted, further epochs would begin and end the same way.
    stopped = trainer.stop_training or trainer.diverged or batch == 0
    if not trainer.diverged:
        state.epoch = epoch + 1
        state.optimizer_state = optimizer.get_state()
        for name, value in logs.items():
            state.history.setdefault(name, []).append(value)
    events.on_epoch_end(epoch, dict(logs))
    if trainer.stop_training and not stopped:
        trainer.stop_reason = "A callback stopped the run at the end of the epoch."
    trainer.stop_training = trainer.stop_training or stopped
