"""Checkpoints between steps: exactness, contents, older copies and failed writes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TinyExtractor, compile_tiny

from nst_framework import Trainer
from nst_framework.callbacks import Checkpoint, ImageSaver
from nst_framework.run.state import RunState
from nst_framework.saving import lock_output

FitArguments = dict[str, Any]


def assert_same_state(first: RunState, second: RunState) -> None:
    """Asserts that two states are the same, bit for bit."""
    for name in ("image", "best_image"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    for name in ("step", "epoch", "steps_in_epoch", "history", "best_loss", "steps_per_epoch"):
        assert getattr(first, name) == getattr(second, name)
    assert first.optimizer_state.keys() == second.optimizer_state.keys()
    for name, value in first.optimizer_state.items():
        np.testing.assert_array_equal(value, second.optimizer_state[name])


def after_step(step: int, act: Callable[[], Any]) -> keras.callbacks.Callback:
    """A callback that does something once, after a step."""

    class AfterStep(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if self.model.state.step == step:
                act()

    return AfterStep()


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_run_resumes_after_every_step_bit_for_bit(
    optimizer: str, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    trainer = Trainer(TinyExtractor())
    compile_tiny(trainer, optimizer=optimizer, scales=(0.5, 1))
    fit_arguments.update(size=26, epochs=3, steps_per_epoch=4)
    seen: dict[int, Any] = {}

    class KeepEach(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.save(tmp_path / f"{self.model.state.step}.npz")
            seen[self.model.state.step] = batch, logs

    trainer.fit(**fit_arguments, callbacks=[KeepEach()])
    whole, all_seen = trainer.state, dict(seen)
    seen.clear()
    for step in range(1, 13):
        saved = tmp_path / f"{step}.npz"
        assert (RunState.load(saved).step, RunState.load(saved).epoch) == (step, (step - 1) // 4)
        trainer.fit(**fit_arguments, callbacks=[KeepEach()], resume_from=saved)
        assert_same_state(trainer.state, whole)
        assert seen == {each: all_seen[each] for each in range(step + 1, 13)}
        seen.clear()


def test_checkpoints_every_few_steps_or_seconds(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    saved: list[int] = []

    class Record(Checkpoint):
        def _save(self) -> None:
            super()._save()
            saved.append(RunState.load(self.path).step)

    trainer.fit(**fit_arguments, callbacks=[Record(tmp_path / "run.npz", every_steps=2)])
    assert saved == [2, 4, 5, 6, 8, 10]
    saved.clear()
    trainer.fit(**fit_arguments, callbacks=[Record(tmp_path / "run.npz", every_seconds=1e-9)])
    assert saved == list(range(1, 11))
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.parametrize("argument", [{"keep": 0}, {"every_steps": 0}, {"every_seconds": -1.0}])
def test_wrong_arguments(argument: dict[str, Any]) -> None:
    (name,) = argument
    with pytest.raises(ValueError, match=f"Invalid value for argument `{name}`"):
        Checkpoint("run.npz", **argument)


def test_a_solver_that_cannot_resume_within_an_epoch_is_refused(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    compile_tiny(trainer, optimizer="scipy")
    with pytest.raises(ValueError, match="ScipyLBFGSB, which can only resume between epochs"):
        trainer.fit(**fit_arguments, callbacks=[Checkpoint(tmp_path / "run.npz", every_steps=2)])


def test_an_interrupted_run_is_saved_between_its_steps(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    def interrupt() -> None:
        trainer.interrupt_training = True

    # The checkpoint comes first here; nevertheless it includes the image that is saved after it.
    callbacks = [
        Checkpoint(tmp_path / "run.npz"),
        after_step(7, interrupt),
        ImageSaver(tmp_path / "{step}.png", unit="step"),
    ]
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(**fit_arguments, callbacks=callbacks)
    saved = RunState.load(tmp_path / "run.npz")
    assert (saved.epoch, saved.step, saved.steps_in_epoch) == (1, 7, 2)
    assert len(list(tmp_path.glob("*.png"))) == 7
    trainer.fit(**fit_arguments, resume_from=tmp_path / "run.npz")
    state = trainer.state
    trainer.fit(**fit_arguments)
    assert_same_state(state, trainer.state)


def test_scipys_last_epoch_is_kept_by_an_interruption(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    def interrupt() -> None:
        trainer.interrupt_training = True

    compile_tiny(trainer, optimizer="scipy")
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(
            **fit_arguments,
            callbacks=[Checkpoint(tmp_path / "run.npz"), after_step(7, interrupt)],
        )
    assert RunState.load(tmp_path / "run.npz").step == 5


def test_a_checkpoint_includes_the_effects_of_other_callbacks(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"

    def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    broken = keras.callbacks.LambdaCallback(on_epoch_end=fail)
    with pytest.raises(RuntimeError, match="broken"):
        trainer.fit(**fit_arguments, callbacks=[Checkpoint(path, every_steps=2), broken])
    assert RunState.load(path).step == 4, "the callback sees the end of the epoch once more"


def test_a_damaged_checkpoint_is_replaced_by_the_one_before_it(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    checkpoint = Checkpoint(path, keep=3, every_steps=2)
    trainer.fit(**fit_arguments, callbacks=[checkpoint])
    names = ["run.npz", "run.1.npz", "run.2.npz"]
    assert [RunState.load(tmp_path / name).step for name in names] == [10, 8, 6]
    assert len(list(tmp_path.iterdir())) == 3
    whole = trainer.state
    for name in names[:2]:
        (tmp_path / name).write_bytes(b"damaged")
    with pytest.warns(UserWarning, match=r"run\.npz.*incomplete.*run\.2\.npz', of step 6"):
        trainer.fit(**fit_arguments, callbacks=[checkpoint], resume_from=path)
    assert_same_state(trainer.state, whole)
    path.unlink()
    with pytest.warns(UserWarning, match=r"does not exist.*run\.1\.npz', of step 8"):
        trainer.load_weights(path)
    for name in names[1:]:
        (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        trainer.fit(**fit_arguments, resume_from=path)


def test_a_folder_that_is_lost_for_a_while_does_not_end_the_run(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"

    def lose() -> None:
        shutil.rmtree(folder)
        folder.touch()

    callbacks = [
        after_step(2, lose),
        after_step(7, folder.unlink),
        Checkpoint(folder / "run.npz", every_steps=1),
        ImageSaver(folder / "{step:02d}.png", unit="step"),
    ]
    with pytest.warns(UserWarning, match="could not be written") as warned:
        trainer.fit(**fit_arguments, callbacks=callbacks)
    messages = {str(each.message) for each in warned}
    assert len([text for text in messages if "run.npz' could not be written (" in text]) == 1
    assert len([text for text in messages if ".png' could not be written (" in text]) == 5
    assert all("The run continues, and the next save tries again" in text for text in messages)
    assert RunState.load(folder / "run.npz").step == 10
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["07.png", "08.png", "09.png", "10.png", "run.npz"]


def test_a_checkpoint_that_another_process_writes_is_refused(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.npz"
    with lock_output(path):
        # A process does not lock itself out, so the lock is made to look like another process's.
        monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
        with pytest.raises(BlockingIOError, match="which process .* is writing"):
            trainer.fit(**fit_arguments, callbacks=[Checkpoint(path)])
    trainer.fit(**fit_arguments, callbacks=[Checkpoint(path)])
    assert list(tmp_path.iterdir()) == [path]
