"""Support for callbacks written for Keras models: refusals and adjustments."""

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
    """Checks the callbacks of a run, and sets mode "min" on those that monitor a loss.

    As in Keras, callbacks may be nested or in a `CallbackList`. The result is a flat list that ends
    with the callbacks that save the run. `lower_is_better` lists names in the logs.
    """
    flat: list[keras.callbacks.Callback] = []
    for callback in keras.tree.flatten(callbacks):
        inner = isinstance(callback, keras.callbacks.CallbackList)
        flat += callback.callbacks if inner else [callback]
    for callback in flat:
        for optimizer in optimizers:
            _check(callback, optimizer)
        # In mode "auto", Keras knows the direction only of "loss" and of its own metrics.
        if (
            isinstance(callback, _WITH_A_DIRECTION)
            and callback.mode == "auto"
            and callback.monitor in lower_is_better
        ):
            callback.mode = "min"
    # Callbacks that save the run come last, so that the saved state includes the others' effects.
    return sorted(flat, key=_saves_the_run)


def keep_backups(events: keras.callbacks.CallbackList) -> None:
    """Removes `BackupAndRestore` from an interrupted run, so that its backup is kept.

    The callback deletes its backup in `on_train_end`. Keras calls that only when training completes
    normally; a run always calls it.
    """
    events.callbacks = [
        callback
        for callback in events.callbacks
        if not isinstance(callback, keras.callbacks.BackupAndRestore)
    ]


def end_training(events: keras.callbacks.CallbackList) -> None:
    """Calls `on_train_end` of all callbacks, even if some of them raise an error."""
    callbacks, events.callbacks = events.callbacks, []
    with contextlib.ExitStack() as last_first:
        for callback in reversed(callbacks):
            last_first.callback(callback.on_train_end, {})
        # With an empty list, this only waits for callbacks that Keras runs in threads.
        last_first.callback(events.on_train_end)


def _saves_the_run(callback: keras.callbacks.Callback) -> bool:
    return isinstance(callback, _SAVE_THE_RUN) or getattr(callback, "saves_the_run", False)


def _check(callback: keras.callbacks.Callback, optimizer: Optimizer) -> None:
    name = type(callback).__name__
    if isinstance(callback, keras.callbacks.SwapEMAWeights):
        raise ValueError(
            f"Expected callbacks that work on an image. Received: {name}, which swaps a network's "
            "weights for their moving average; a run changes no weights. Leave it out; "
            "trainer.best_image is the image with the lowest loss."
        )
    # Older releases of Keras lack this callback.
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
            f"{type(optimizer).__name__}, which finds the length of each step itself. Leave the "
            "callback out, or compile with a Keras optimizer such as keras.optimizers.Adam(5.0)."
        )
    # A user who has such a callback has already imported its module, so this one need not.
    wandb = sys.modules.get("wandb.integration.keras")
    if wandb and isinstance(callback, wandb.WandbMetricsLogger) and not has_learning_rate:
        raise ValueError(
            f"Expected an optimizer with a learning rate for {name}, which logs it. Received: "
            f"{type(optimizer).__name__}, which has none. Use keras.callbacks.LambdaCallback("
            "on_epoch_end=lambda epoch, logs: wandb.log(logs)) instead, or compile with a Keras "
            "optimizer such as keras.optimizers.Adam(5.0)."
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
            f"keras.callbacks.TensorBoard needs {' and '.join(missing)}: pip install "
            f"{' '.join(missing)}. Or use CSVLogger."
        )
    if callback.histogram_freq or callback.embeddings_freq:
        raise ValueError(
            "Expected histogram_freq=0 and embeddings_freq=0 for TensorBoard, because a run "
            f"changes no weights. Received: histogram_freq={callback.histogram_freq}, "
            f"embeddings_freq={callback.embeddings_freq}. Leave them out."
        )
