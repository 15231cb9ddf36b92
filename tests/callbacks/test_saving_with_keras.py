"""Keras's ModelCheckpoint and BackupAndRestore save and restore whole runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import conftest
import keras
import numpy as np
import pytest

import nst_framework
from nst_framework import Trainer
from nst_framework.run.state import RunState

FitArguments = dict[str, Any]

KILLED_RUN = """
import os, signal, sys
import keras, numpy
from conftest import TINY_WEIGHTS, TinyExtractor, Trainer, tiny_losses

folder, content, style = sys.argv[1:]
trainer = Trainer(TinyExtractor())
trainer.compile(tiny_losses(), TINY_WEIGHTS, precision="float32")
kill = keras.callbacks.LambdaCallback(
    on_train_batch_end=lambda batch, logs: trainer.state.step == 7
    and os.kill(os.getpid(), signal.SIGKILL)
)
backup = keras.callbacks.BackupAndRestore(folder)
images = [numpy.load(path) for path in (content, style)]
trainer.fit(*images, size=None, epochs=3, steps_per_epoch=5, verbose=0, callbacks=[backup, kill])
"""


def assert_same_state(first: RunState, second: RunState) -> None:
    """Asserts that two states are the same, bit for bit."""
    for name in ("image", "best_image"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    for name in ("step", "epoch", "history", "best_loss"):
        assert getattr(first, name) == getattr(second, name)
    assert first.optimizer_state.keys() == second.optimizer_state.keys()
    for name, value in first.optimizer_state.items():
        np.testing.assert_array_equal(value, second.optimizer_state[name])


def begun(epochs: list[int]) -> keras.callbacks.Callback:
    return keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: epochs.append(epoch))


def test_backup_and_restore_resumes_after_a_kill_bit_for_bit(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    for name in ("content", "style"):
        np.save(tmp_path / f"{name}.npy", fit_arguments[name])
    folder = tmp_path / "backup"
    arguments = [folder, tmp_path / "content.npy", tmp_path / "style.npy"]
    paths = [Path(conftest.__file__).parent, Path(nst_framework.__file__).parents[1]]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    epochs: list[int] = []
    fit_arguments["epochs"] = 3
    callbacks = [keras.callbacks.BackupAndRestore(folder), begun(epochs)]
    resumed = trainer.fit(**fit_arguments, callbacks=callbacks).history
    assert epochs == [1, 2]
    assert not folder.exists()
    state = trainer.state
    whole = trainer.fit(**fit_arguments).history
    assert_same_state(state, trainer.state)
    assert resumed == whole


class Interrupt(keras.callbacks.Callback):
    """Presses Ctrl-C at the first step of an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.now = epoch == self.epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.now:
            raise KeyboardInterrupt


def test_an_interrupted_run_keeps_its_backup_and_a_damaged_one_has_a_second(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    folder, epochs = tmp_path / "backup", list[int]()
    backup = keras.callbacks.BackupAndRestore(folder, double_checkpoint=True)
    fit_arguments.update(epochs=3, size=26)
    conftest.compile_tiny(trainer, scales=(0.5, 1))
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(**fit_arguments, callbacks=[backup, Interrupt(2)])
    (folder / "latest.weights.h5").write_bytes(b"damaged")
    trainer.fit(**fit_arguments, callbacks=[backup, begun(epochs)])
    assert epochs == [1, 2], "the second copy is one epoch older"
    assert not folder.exists()
    state = trainer.state
    trainer.fit(**fit_arguments)
    assert_same_state(state, trainer.state)


def test_a_run_resumes_between_steps_after_a_backup_between_steps(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    folder, epochs, images = tmp_path / "backup", list[int](), list[np.ndarray]()
    backup = keras.callbacks.BackupAndRestore(folder, save_freq=4)
    stop = Interrupt(1)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(**fit_arguments, callbacks=[stop, backup])
    saved = RunState.load(folder / "latest.weights.h5")
    assert (saved.step, saved.epoch) == (4, 0)
    look = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda *_: images.append(trainer.state.image.copy())
    )
    trainer.fit(**fit_arguments, callbacks=[backup, look, begun(epochs)])
    assert epochs == [0, 1]
    np.testing.assert_array_equal(images[0], saved.image)
    state = trainer.state
    trainer.fit(**fit_arguments)
    assert_same_state(state, trainer.state)


def test_scipys_solver_begins_the_epoch_of_a_backup_again(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    conftest.compile_tiny(trainer, optimizer="scipy")
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup", save_freq=4)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(**fit_arguments, callbacks=[Interrupt(1), backup])
    trainer.fit(**fit_arguments, callbacks=[backup])
    assert trainer.state.step == 14


def test_a_backup_of_another_run_is_refused(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(**fit_arguments, callbacks=[backup, Interrupt(1)])
    fit_arguments["content"] = 255 - fit_arguments["content"]
    with pytest.raises(ValueError, match="differs in: content"):
        trainer.fit(**fit_arguments, callbacks=[backup])
    assert (tmp_path / "backup").exists()


@pytest.mark.parametrize("ending", [".keras", ".weights.h5"])
def test_model_checkpoint_saves_the_run(
    ending: str, trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = str(tmp_path / "runs" / ("{epoch:02d}-{loss:.3e}-{style_loss:.3e}" + ending))
    weights_only = ending == ".weights.h5"
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_weights_only=weights_only)
    history = trainer.fit(**fit_arguments, callbacks=[checkpoint]).history
    names = [
        f"{epoch + 1:02d}-{history['loss'][epoch]:.3e}-{history['style_loss'][epoch]:.3e}{ending}"
        for epoch in range(2)
    ]
    first, last = [tmp_path / "runs" / name for name in names]
    assert sorted(path.name for path in first.parent.iterdir()) == names
    assert_same_state(RunState.load(last), trainer.state)
    state, image = RunState.load(last), trainer.image
    trainer.load_weights(first)
    assert_same_state(RunState.load(first), trainer.state)
    assert (trainer.image != image).any()
    trainer.fit(**fit_arguments, resume_from=first)
    assert_same_state(state, trainer.state)


def test_model_checkpoint_keeps_the_best_run_alone(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "best.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(path, "content_loss", save_best_only=True)
    # The run starts at the content, so the content loss only rises: the first epoch is the best.
    trainer.compile(
        conftest.tiny_losses(),
        conftest.TINY_WEIGHTS,
        keras.optimizers.SGD(100_000.0),
        precision="float32",
    )
    trainer.fit(**{**fit_arguments, "epochs": 3}, callbacks=[checkpoint])
    assert RunState.load(path).epoch == 1
    trainer.load_weights(path)
    assert (trainer.state.epoch, int(trainer.optimizer.iterations)) == (1, 5)


def test_model_checkpoint_between_steps_has_the_optimizers_state(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "{batch}.keras"
    arguments = {**fit_arguments, "epochs": 1}
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_freq=3)
    trainer.fit(**arguments, callbacks=[checkpoint])
    image = trainer.image
    assert (RunState.load(tmp_path / "3.keras").step, trainer.state.step) == (3, 5)
    trainer.fit(**arguments, resume_from=tmp_path / "3.keras")
    assert trainer.state.step == 5
    np.testing.assert_array_equal(trainer.image, image)


def test_saving_has_clear_errors(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    with pytest.raises(RuntimeError, match="Call trainer.fit first"):
        trainer.save(path)
    trainer.fit(**fit_arguments)
    trainer.save(path)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        trainer.save_weights(path, overwrite=False)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        trainer.load_weights(tmp_path / "other.npz")
    path.write_bytes(b"damaged")
    with pytest.raises(OSError, match="incomplete or not a checkpoint"):
        trainer.load_weights(path)
