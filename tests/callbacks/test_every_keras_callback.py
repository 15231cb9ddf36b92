"""Each callback that Keras ships works on the trainer as documented in docs/callbacks.md."""

from __future__ import annotations

import csv
import http.server
import inspect
import json
import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, tiny_losses
from keras_callback_rows import PAGE, ROWS, render

import nst_framework
from nst_framework import Loss, Optimizer, ProjectedLBFGS, ScipyLBFGSB, Trainer

FitArguments = dict[str, Any]

NAMES = ("loss", "content_loss", "style_loss", "total_variation_loss")


def test_each_callback_of_the_installed_keras_has_its_row() -> None:
    installed = {name for name, _ in inspect.getmembers(keras.callbacks, inspect.isclass)}
    # An older Keras may lack some of the callbacks in the table.
    assert installed <= set(ROWS)
    assert list(ROWS) == sorted(ROWS)


def test_each_row_is_proven_in_this_folder() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in ROWS if f"keras.callbacks.{name}" not in text] == []


def test_the_page_has_the_rows() -> None:
    assert PAGE.read_text() == render(), "run `python tests/keras_callback_rows.py`"


def test_the_page_has_the_packages_own_callbacks() -> None:
    page = PAGE.read_text()
    assert all(f"| `{name}` |" in page for name in nst_framework.callbacks.__all__)


def test_csv_logger(trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    history = trainer.fit(**fit_arguments, callbacks=[keras.callbacks.CSVLogger(path)]).history
    with path.open() as file:
        rows = list(csv.DictReader(file))
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


@pytest.mark.filterwarnings("ignore:Expected a loss and a gradient")
def test_terminate_on_nan(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.compile(NotANumber())
    with pytest.warns(Warning, match="Expected a finite loss and gradient"):
        history = trainer.fit(**fit_arguments, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert "Batch 0: Invalid loss, terminating training" in capsys.readouterr().out
    assert len(history.epoch) == 1
    np.testing.assert_array_equal(trainer.image, fit_arguments["content"])


def test_history_is_the_one_that_fit_returns(trainer: Trainer, fit_arguments: FitArguments) -> None:
    history = keras.callbacks.History()
    assert trainer.fit(**fit_arguments, callbacks=[history]) is history is trainer.history
    assert history.epoch == [0, 1]


@pytest.mark.parametrize("form", ["one", "list", "nested", "CallbackList"])
def test_callbacks_alone_in_lists_and_in_a_callback_list(
    form: str, trainer: Trainer, fit_arguments: FitArguments
) -> None:
    class Recorder(keras.callbacks.Callback):
        epochs = 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            assert self.model is trainer
            self.epochs += 1

    recorder = Recorder()
    callbacks: dict[str, Any] = {
        "one": recorder,
        "list": [recorder],
        "nested": [[recorder], []],
        "CallbackList": keras.callbacks.CallbackList([recorder]),
    }
    trainer.fit(**fit_arguments, callbacks=callbacks[form])
    assert recorder.epochs == 2


def test_progbar_logger_follows_verbose(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.fit(**fit_arguments, callbacks=[keras.callbacks.ProgbarLogger()])
    assert capsys.readouterr().out == ""
    trainer.fit(**{**fit_arguments, "verbose": 2}, callbacks=[keras.callbacks.ProgbarLogger()])
    printed = capsys.readouterr().out
    assert "Epoch 2/2\n5/5 - " in printed
    assert "Epoch 2/2 - step 5/5" in printed, "the trainer's own line"


def test_remote_monitor(
    trainer: Trainer, fit_arguments: FitArguments, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("requests")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    received: list[dict[str, float]] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        root = f"http://127.0.0.1:{server.server_port}"
        monitor = keras.callbacks.RemoteMonitor(root, send_as_json=True)
        history = trainer.fit(**fit_arguments, callbacks=[monitor]).history
        server.shutdown()
        thread.join()
    assert [each["epoch"] for each in received] == [0, 1]
    assert [each["style_loss"] for each in received] == history["style_loss"]


def test_early_stopping_knows_the_direction_of_every_logged_loss(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    callbacks = [keras.callbacks.EarlyStopping(name, patience=9) for name in NAMES]
    history = trainer.fit(**fit_arguments, callbacks=callbacks).history
    for name, callback in zip(NAMES, callbacks, strict=True):
        assert callback.best == min(history[name])
    with pytest.raises(ValueError, match="monitor=unknown"):
        trainer.fit(**fit_arguments, callbacks=[keras.callbacks.EarlyStopping("unknown")])


def test_early_stopping_on_a_term_restores_the_best_image(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    # The run starts at the content, so the content loss only rises: the first epoch is the best.
    images: list[np.ndarray] = []
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: images.append(trainer.image)),
        keras.callbacks.EarlyStopping("content_loss", patience=2, restore_best_weights=True),
    ]
    trainer.compile(
        tiny_losses(), TINY_WEIGHTS, keras.optimizers.SGD(100_000.0), precision="float32"
    )
    history = trainer.fit(**{**fit_arguments, "epochs": 9}, callbacks=callbacks)
    assert history.epoch == [0, 1, 2]
    assert (images[0] != images[2]).any()
    np.testing.assert_array_equal(trainer.image, images[0])


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate),
        keras.callbacks.ReduceLROnPlateau("style_loss", factor=0.5, patience=1, min_delta=1e9),
    ],
)
def test_learning_rates_with_a_keras_optimizer(
    callback: keras.callbacks.Callback, trainer: Trainer, fit_arguments: FitArguments
) -> None:
    rates: list[float] = []
    record = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: rates.append(float(trainer.optimizer.learning_rate))
    )
    trainer.compile(tiny_losses(), TINY_WEIGHTS, keras.optimizers.Adam(8.0), precision="float32")
    history = trainer.fit(**{**fit_arguments, "epochs": 3}, callbacks=[callback, record])
    assert rates == [8.0, 4.0, 2.0]
    assert len(history.history["learning_rate"]) == 3


@pytest.mark.parametrize("optimizer", [ProjectedLBFGS(), ScipyLBFGSB()])
@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate),
        keras.callbacks.ReduceLROnPlateau("loss"),
    ],
)
def test_learning_rates_are_refused_with_lbfgs(
    optimizer: Optimizer,
    callback: keras.callbacks.Callback,
    trainer: Trainer,
    fit_arguments: FitArguments,
) -> None:
    trainer.compile(tiny_losses(), TINY_WEIGHTS, optimizer, precision="float32")
    names = f"for {type(callback).__name__}. Received: {type(optimizer).__name__},.*Adam"
    with pytest.raises(ValueError, match=names):
        trainer.fit(**fit_arguments, callbacks=[callback])
    assert not trainer.built


def test_swap_ema_weights_is_refused(trainer: Trainer, fit_arguments: FitArguments) -> None:
    trainer.compile(
        tiny_losses(), TINY_WEIGHTS, keras.optimizers.Adam(8.0, use_ema=True), precision="float32"
    )
    with pytest.raises(ValueError, match="SwapEMAWeights, which swaps.*trainer.best_image"):
        trainer.fit(**fit_arguments, callbacks=[keras.callbacks.SwapEMAWeights(True)])


@pytest.mark.skipif(
    not hasattr(keras.callbacks, "OrbaxCheckpoint"), reason="this Keras does not have it"
)
def test_orbax_checkpoint_is_refused(trainer: Trainer, fit_arguments: FitArguments) -> None:
    class WithoutOrbax(keras.callbacks.OrbaxCheckpoint):
        """Can be constructed without Orbax."""

        def __init__(self) -> None:
            keras.callbacks.Callback.__init__(self)

    with pytest.raises(ValueError, match="variables of a Keras model.*ModelCheckpoint"):
        trainer.fit(**fit_arguments, callbacks=[WithoutOrbax()])
