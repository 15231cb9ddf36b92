"""Ten uninterrupted epochs equal five, a new process and five more, bit for bit."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import conftest
import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses

from nst_framework import Trainer
from nst_framework.callbacks import Checkpoint
from nst_framework.run.state import RunState

FitArguments = dict[str, Any]

SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
import keras
import numpy as np
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses
from nst_framework import ProjectedLBFGS, ScipyLBFGSB, Trainer
from nst_framework.callbacks import Checkpoint

images = np.load({images!r})
for optimizer, epochs, path, resume_from in {runs!r}:
    trainer = Trainer(TinyExtractor())
    trainer.compile(tiny_losses(), TINY_WEIGHTS, optimizer=eval(optimizer), precision="float32")
    trainer.fit(
        images["content"], images["style"], size=None, epochs=epochs, steps_per_epoch=6, verbose=0,
        callbacks=[Checkpoint(path)], resume_from=resume_from,
    )
"""
OPTIMIZERS = ("ProjectedLBFGS(memory=7)", "ScipyLBFGSB()", "keras.optimizers.Adam(4.0)")


def script(
    tmp_path: Path, fit_arguments: FitArguments, *runs: tuple[str, int, Path, Path | None]
) -> list[str]:
    """The command of a process that runs each optimizer up to an epoch, with checkpoints."""
    images = tmp_path / "images.npz"
    np.savez(images, content=fit_arguments["content"], style=fit_arguments["style"])
    code = SCRIPT.format(
        tests=str(Path(conftest.__file__).parent),
        images=str(images),
        runs=[(*run[:2], str(run[2]), run[3] and str(run[3])) for run in runs],
    )
    return [sys.executable, "-c", textwrap.dedent(code)]


def assert_equal_runs(one: RunState, other: RunState) -> None:
    np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(one.best_image, other.best_image)
    assert one.history == other.history
    assert (one.epoch, one.step, one.best_loss) == (other.epoch, other.step, other.best_loss)
    assert set(one.optimizer_state) == set(other.optimizer_state)
    for name, value in one.optimizer_state.items():
        np.testing.assert_array_equal(value, other.optimizer_state[name])


def test_a_resumed_run_equals_an_uninterrupted_one(
    fit_arguments: FitArguments, tmp_path: Path
) -> None:
    def paths(name: str) -> list[Path]:
        return [tmp_path / f"{name}-{number}.npz" for number in range(len(OPTIMIZERS))]

    whole, halves = paths("whole"), paths("halves")
    all_at_once = [(each, 10, path, None) for each, path in zip(OPTIMIZERS, whole, strict=True)]
    first_half = [(each, 5, path, None) for each, path in zip(OPTIMIZERS, halves, strict=True)]
    second_half = [(each, 10, path, path) for each, path in zip(OPTIMIZERS, halves, strict=True)]
    subprocess.run(script(tmp_path, fit_arguments, *all_at_once, *first_half), check=True)
    assert [RunState.load(path).epoch for path in halves] == [5, 5, 5]
    subprocess.run(script(tmp_path, fit_arguments, *second_half), check=True)
    for one, other in zip(halves, whole, strict=True):
        assert_equal_runs(RunState.load(one), RunState.load(other))
        assert len(RunState.load(other).history["loss"]) == 10


def test_a_killed_run_resumes_from_its_last_epoch(
    fit_arguments: FitArguments, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole.npz", tmp_path / "killed.npz"
    endless = ("ProjectedLBFGS()", 100_000, killed, None)
    process = subprocess.Popen(script(tmp_path, fit_arguments, endless))
    while not killed.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    epochs = RunState.load(killed).epoch + 3
    resumed = ("ProjectedLBFGS()", epochs, killed, killed)
    uninterrupted = ("ProjectedLBFGS()", epochs, whole, None)
    subprocess.run(script(tmp_path, fit_arguments, resumed, uninterrupted), check=True)
    assert_equal_runs(RunState.load(killed), RunState.load(whole))


def test_the_history_of_a_resumed_run_is_complete(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    first = trainer.fit(**fit_arguments, callbacks=[Checkpoint(path)]).history
    resumed = trainer.fit(**{**fit_arguments, "epochs": 3}, resume_from=path).history
    assert len(resumed["loss"]) == 3
    assert trainer.history.epoch == [0, 1, 2]
    assert resumed["loss"][:2] == first["loss"]


def test_a_run_that_is_complete_has_nothing_left_to_do(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    trainer.fit(**fit_arguments, callbacks=[Checkpoint(path)])
    image = trainer.image
    again = trainer.fit(**fit_arguments, resume_from=path)
    assert len(again.history["loss"]) == 2
    assert "No epoch was left to run: 2 of 2" in trainer.stop_reason
    np.testing.assert_array_equal(trainer.image, image)


@pytest.mark.parametrize("changed", ["content", "style", "loss_weights", "optimizer", "extractor"])
def test_a_checkpoint_of_another_run_is_refused(
    changed: str, trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    trainer.fit(**fit_arguments, callbacks=[Checkpoint(path)])
    before = path.read_bytes()
    if changed == "extractor":
        trainer = Trainer(TinyExtractor(seed=1))
    optimizer = keras.optimizers.Adam(1.0) if changed == "optimizer" else None
    weights = {**TINY_WEIGHTS, "style_loss": 3.0} if changed == "loss_weights" else TINY_WEIGHTS
    trainer.compile(tiny_losses(), weights, optimizer, precision="float32")
    if changed in ("content", "style"):
        fit_arguments[changed] = 255 - fit_arguments[changed]
    with pytest.raises(ValueError, match=f"differs in: {changed}\\."):
        trainer.fit(**fit_arguments, callbacks=[Checkpoint(path)], resume_from=path)
    assert path.read_bytes() == before


def test_a_resumed_run_takes_its_epoch_from_the_checkpoint(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    trainer.fit(**fit_arguments, callbacks=[Checkpoint(path)])
    with pytest.raises(ValueError, match="initial_epoch"):
        trainer.fit(**{**fit_arguments, "initial_epoch": 1}, resume_from=path)


def test_a_path_that_cannot_be_written_is_found_before_the_first_step(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    steps: list[int] = []
    count = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: steps.append(batch)
    )
    with pytest.raises(OSError, match="Choose another folder"):
        trainer.fit(**fit_arguments, callbacks=[count, Checkpoint(tmp_path / "file" / "run.npz")])
    assert steps == []
