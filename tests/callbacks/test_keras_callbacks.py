"""Keras's own callbacks work with the trainer unchanged."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, tiny_losses

from nst_framework import Loss, Trainer

FitArguments = dict[str, Any]


def test_csv_logger(trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    history = trainer.fit(**fit_arguments, callbacks=[keras.callbacks.CSVLogger(path)]).history
    rows = list(csv.DictReader(path.open()))
    assert [int(row["epoch"]) for row in rows] == [0, 1]
    for name, values in history.items():
        assert [float(row[name]) for row in rows] == values


def test_lambda_callback_sees_every_event_in_order(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    events: list[str] = []
    callback = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: events.append("train begin"),
        on_train_end=lambda logs: events.append("train end"),
        on_epoch_begin=lambda epoch, logs: events.append(f"epoch {epoch} begin"),
        on_epoch_end=lambda epoch, logs: events.append(f"epoch {epoch} end"),
        on_train_batch_begin=lambda batch, logs: events.append(f"step {batch} begin"),
        on_train_batch_end=lambda batch, logs: events.append(f"step {batch} end"),
    )
    trainer.fit(**{**fit_arguments, "steps_per_epoch": 2}, callbacks=[callback])
    steps = ["step 0 begin", "step 0 end", "step 1 begin", "step 1 end"]
    epochs = [[f"epoch {epoch} begin", *steps, f"epoch {epoch} end"] for epoch in range(2)]
    assert events == ["train begin", *epochs[0], *epochs[1], "train end"]


def test_logs_are_fresh_dictionaries_of_floats(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    seen: list[dict[str, float]] = []
    callback = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(logs)
    )
    trainer.fit(**fit_arguments, callbacks=[callback])
    assert len({id(logs) for logs in seen}) == len(seen) == 10
    assert all(type(value) is float for logs in seen for value in logs.values())
    assert len({logs["loss"] for logs in seen}) == 10


class NotANumber(Loss):
    def compare(self, actual: Any, target: Any) -> Any:
        return keras.ops.mean(actual) * float("nan")


@pytest.mark.filterwarnings("ignore:Expected a finite loss and gradient")
def test_terminate_on_nan(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.compile(NotANumber())
    history = trainer.fit(**fit_arguments, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert "Batch 0: Invalid loss, terminating training" in capsys.readouterr().out
    assert len(history.epoch) == 1
    np.testing.assert_array_equal(trainer.image, fit_arguments["content"])


def test_early_stopping_on_a_term_restores_the_best_image(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    # Starting at the content, the content loss can only rise: the first epoch is the best.
    first: list[np.ndarray] = []
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: first.append(trainer.image)),
        keras.callbacks.EarlyStopping(
            "content_loss", mode="min", patience=2, restore_best_weights=True
        ),
    ]
    trainer.compile(tiny_losses(), TINY_WEIGHTS, keras.optimizers.SGD(100_000.0))
    history = trainer.fit(**{**fit_arguments, "epochs": 9}, callbacks=callbacks)
    assert history.epoch == [0, 1, 2]
    assert (first[0] != first[2]).any()
    np.testing.assert_array_equal(trainer.image, first[0])


def test_learning_rate_scheduler(trainer: Trainer, fit_arguments: FitArguments) -> None:
    rates: list[float] = []
    trainer.compile(tiny_losses(), TINY_WEIGHTS, keras.optimizers.Adam(8.0))
    callbacks = [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2),
        keras.callbacks.LambdaCallback(
            on_epoch_end=lambda *_: rates.append(float(trainer.optimizer.learning_rate))
        ),
    ]
    trainer.fit(**{**fit_arguments, "epochs": 3}, callbacks=callbacks)
    assert rates == [4.0, 2.0, 1.0]
