"""Runs over several scales, from coarse to fine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TinyExtractor, compile_tiny

from nst_framework import ProjectedLBFGS, Stage, Trainer, read_image
from nst_framework.callbacks import Checkpoint, LossCurves

FitArguments = dict[str, Any]
SCALES = (0.25, 0.5, 1)


def test_one_epoch_at_each_scale_and_the_rest_at_the_last(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    shapes: list[tuple[int, ...]] = []
    batches: list[int] = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            assert self.model.content.shape == self.model.image.shape
            assert logs is not None
            assert logs["size"] == max(self.model.image.shape)
            shapes.append(self.model.image.shape)

        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            batches.append(self.model.state.step)

    compile_tiny(trainer, scales=SCALES)
    arguments = {**fit_arguments, "epochs": 4, "callbacks": [Watch()]}
    history = trainer.fit(**arguments)
    assert shapes == [(5, 6, 3), (10, 13, 3), (20, 26, 3), (20, 26, 3)]
    assert history.epoch == [0, 1, 2, 3]
    assert history.history["size"] == [6, 13, 26, 26]
    assert batches == list(range(1, len(batches) + 1)), "steps are counted across scales"
    assert trainer.state.best_loss <= history.history["loss"][-1]
    assert trainer.best_image.shape == (20, 26, 3)


def test_the_next_scale_starts_from_the_previous_image(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    def pixels(image: np.ndarray) -> np.ndarray:
        return np.rint(image).astype(np.uint8)

    begins: list[np.ndarray] = []
    ends: list[np.ndarray] = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            begins.append(pixels(self.model.float_image))

        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            ends.append(pixels(self.model.float_image))

    compile_tiny(trainer, schedule=[Stage(scale, content_detail=False) for scale in SCALES])
    trainer.fit(**{**fit_arguments, "epochs": 3, "callbacks": [Watch()]})
    for before, after in zip(ends[:-1], begins[1:], strict=True):
        np.testing.assert_array_equal(after, read_image(before, shape=after.shape[:2]))


@pytest.mark.parametrize("epochs_before", [1, 2, 3])
def test_resuming_at_any_scale_equals_an_uninterrupted_run(
    epochs_before: int, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    def make_trainer() -> Trainer:
        trainer = Trainer(TinyExtractor())
        compile_tiny(trainer, optimizer=ProjectedLBFGS(), scales=SCALES[1:])
        return trainer

    whole = make_trainer()
    whole.fit(**{**fit_arguments, "epochs": 5})
    checkpoint = Checkpoint(tmp_path / "run.npz")
    arguments = fit_arguments
    if epochs_before >= 2:
        make_trainer().fit(**{**arguments, "epochs": epochs_before, "callbacks": [checkpoint]})
    else:

        class StopAfterTheFirst(keras.callbacks.Callback):
            def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
                self.model.stop_training = True

        callbacks = [checkpoint, StopAfterTheFirst()]
        make_trainer().fit(**{**arguments, "epochs": 5, "callbacks": callbacks})
    resumed = make_trainer()
    resumed.fit(**{**arguments, "epochs": 5, "resume_from": tmp_path / "run.npz"})
    np.testing.assert_array_equal(resumed.state.image, whole.state.image)
    assert resumed.history.history == whole.history.history


def test_the_size_is_not_a_line_among_the_losses(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    curves = LossCurves(tmp_path / "losses.png")
    compile_tiny(trainer, scales=SCALES)
    trainer.fit(**{**fit_arguments, "epochs": 3, "callbacks": [curves]})
    labels = [line.get_label() for line in curves.draw().axes[0].get_lines()]
    assert "loss" in labels
    assert "size" not in labels


@pytest.mark.parametrize("scales", [(), (0.5,), (0.5, 0.25, 1), (0, 1), (0.5, 1, 2), (1, 1)])
def test_scales_that_do_not_rise_to_1(scales: tuple[float, ...], trainer: Trainer) -> None:
    with pytest.raises(ValueError, match=r"scales.*Received"):
        compile_tiny(trainer, scales=scales)


def test_fewer_epochs_than_scales(trainer: Trainer, fit_arguments: FitArguments) -> None:
    compile_tiny(trainer, scales=SCALES)
    with pytest.raises(ValueError, match=r"one epoch for each stage.*epochs=2"):
        trainer.fit(**{**fit_arguments, "epochs": 2})
