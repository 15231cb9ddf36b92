"""Callbacks that were written for Keras models: which cannot work, and what others need."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Sequence

import keras

from ..optimizers.base import Optimizer

_NEED_LEARNING_RATE = (
    keras.callbacks.LearningRateScheduler,
    keras.callbacks.ReduceLROnPlateau,
)
_WITH_A_DIRECTION = (
    keras.callbacks.EarlyStopping,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.ReduceLROnPlateau,
)

_SAVE_THE_RUN = (keras.callbacks.BackupAndRestore, keras.callbacks.ModelCheckpoint)


def resolve_callbacks(
    callbacks: keras.callbacks.Callback | Sequence[keras.callbacks.Callback],
    optimizers: Sequence[Optimizer],
    lower_is_better: Sequence[str],
) -> list[keras.callbacks.Callback]:
    """Checks the callbacks of a run, and tells those that monitor a loss that lower is better.

    Callbacks may be nested or in a `CallbackList`, as Keras takes them; the result is a flat list,
    with those that save the run at its end. `lower_is_better` are names in the logs.
    """
    flat: list[keras.callbacks.Callback] = []
    for callback in keras.tree.flatten(callbacks):
        inner = isinstance(callback, keras.callbacks.CallbackList)
        flat += callback.callbacks if inner else [callback]
    for callback in flat:
        for optimizer in optimizers:
            _check(callback, optimizer)
        # In its mode "auto", Keras knows the direction of "loss" and of its own metrics alone.
        if (
            isinstance(callback, _WITH_A_DIRECTION)
            and callback.mode == "auto"
            and callback.monitor in lower_is_better
        ):
            callback.mode = "min"
    # What is saved then includes what all others did: a run that resumes there misses nothing.
    return sorted(flat, key=_saves_the_run)


def keep_backups(events: keras.callbacks.CallbackList) -> None:
    """Takes `BackupAndRestore` out of a run that was interrupted, so that its backup stays.

    The callback deletes its backup when training ends. Keras announces only the end of training
    that was completed; a run announces every end.
    """
    events.callbacks = [
        callback
        for callback in events.callbacks
        if not isinstance(callback, keras.callbacks.BackupAndRestore)
    ]


def end_training(events: keras.callbacks.CallbackList) -> None:
    """Announces the end of a run to all callbacks, even if some of them raise an error."""
    callbacks, events.callbacks = events.callbacks, []
    with contextlib.ExitStack() as last_first:
        for callback in reversed(callbacks):
            last_first.callback(callback.on_train_end, {})
        # Without callbacks, it only waits for those that Keras runs in threads.
        last_first.callback(events.on_train_end)


def _saves_the_run(callback: keras.callbacks.Callback) -> bool:
    return isinstance(callback, _SAVE_THE_RUN) or getattr(callback, "saves_the_run", False)


def _check(callback: keras.callbacks.Callback, optimizer: Optimizer) -> None:
    name = type(callback).__name__
    if isinstance(callback, keras.callbacks.SwapEMAWeights):
        raise ValueError(
            f"Expected callbacks that work on an image. Received: {name}, which swaps a network's "
            "weights for their moving average, while a run changes no weights. Leave it out; "
            "trainer.best_image is the image with the lowest loss."
        )
    # Older releases of Keras do not have this one.
    orbax = getattr(keras.callbacks, "OrbaxCheckpoint", None)
    if orbax is not None and isinstance(callback, orbax):
        raise ValueError(
            f"Expected callbacks that save a run. Received: {name}, which saves the variables of a "
            "Keras model. Use keras.callbacks.ModelCheckpoint or "
            "nst_framework.callbacks.Checkpoint instead."
        )
    has_learning_rate = hasattr(optimizer, "learning_rate")
    if isinstance(callback, _NEED_LEARNING_RATE) and not has_learning_rate:
        raise ValueError(
            f"Expected an optimizer with a learning rate for {name}. Received: "
            f"{type(optimizer).__name__}, which finds the length of each step by itself. Leave the "
            "callback out, or compile with an optimizer of Keras, such as "
            "keras.optimizers.Adam(5.0)."
        )
    # Whoever made such a callback has imported its module, which this one therefore need not do.
    wandb = sys.modules.get("wandb.integration.keras")
    if wandb and isinstance(callback, wandb.WandbMetricsLogger) and not has_learning_rate:
        raise ValueError(
            f"Expected an optimizer with a learning rate for {name}, which logs it. Received: "
            f"{type(optimizer).__name__}, which has none. Use keras.callbacks.LambdaCallback("
            "on_epoch_end=lambda epoch, logs: wandb.log(logs)) instead, or compile with an "
            "optimizer of Keras, such as keras.optimizers.Adam(5.0)."
        )
    if isinstance(callback, keras.callbacks.TensorBoard):
        _check_tensorboard(callback)


def _check_tensorboard(callback: keras.callbacks.TensorBoard) -> None:
    missing = [
        package
        for package in ("tensorboard", "tensorflow")
        if importlib.util.find_spec(package) is None
    ]
    if missing:
        raise ImportError(
            "Expected the packages tensorboard and tensorflow for keras.callbacks.TensorBoard. "
            f"Received: {' and '.join(missing)} not installed. Install it with `pip install "
            f"{' '.join(missing)}`, or use CSVLogger."
        )
    if callback.histogram_freq or callback.embeddings_freq:
        raise ValueError(
            "Expected histogram_freq=0 and embeddings_freq=0 for TensorBoard, because a run "
            f"changes no weights. Received: histogram_freq={callback.histogram_freq}, "
            f"embeddings_freq={callback.embeddings_freq}. Leave them out."
        )
