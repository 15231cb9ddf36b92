"""Keras's TensorBoard callback and `TensorBoardImages`, read back as TensorBoard reads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, tiny_losses

from nst_framework import Trainer
from nst_framework.callbacks import TensorBoardImages

FitArguments = dict[str, Any]


def test_the_event_file_has_the_starting_image_and_each_epochs(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    callback = TensorBoardImages(tmp_path)
    for _ in range(2):
        trainer.fit(**fit_arguments, callbacks=[callback])
    files = sorted((tmp_path / "images").iterdir())
    assert len(files) == 2, "one for each run"
    for file in files:
        events = EventAccumulator(str(file))
        events.Reload()
        pictures = events.Images("picture")
        assert [picture.step for picture in pictures] == [0, 5, 10]
        first, *_, last = (iio.imread(each.encoded_image_string) for each in pictures)
        np.testing.assert_array_equal(first, fit_arguments["content"])
        np.testing.assert_array_equal(last, trainer.image)


def test_the_event_file_writer_does_not_import_tensorflow() -> None:
    pytest.importorskip("tensorboard")
    code = (
        "import sys; from tensorboard.compat.proto import event_pb2, summary_pb2; "
        "from tensorboard.summary.writer.record_writer import RecordWriter; "
        "sys.exit('tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_error_without_tensorboard_names_the_package(
    trainer: Trainer,
    fit_arguments: FitArguments,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match=r"nst_framework\[tensorboard\]"):
        trainer.fit(**fit_arguments, callbacks=[TensorBoardImages(tmp_path)])


def test_tensor_board_writes_scalars(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    pytest.importorskip("tensorflow")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    board = keras.callbacks.TensorBoard(tmp_path, update_freq="batch", write_steps_per_second=True)
    history = trainer.fit(**fit_arguments, callbacks=[board]).history
    events = EventAccumulator(str(tmp_path / "train"))
    events.Reload()
    for name in history:
        values = [
            float(make_ndarray(each.tensor_proto)) for each in events.Tensors(f"epoch_{name}")
        ]
        assert values == pytest.approx(history[name])
        assert [each.step for each in events.Tensors(f"batch_{name}")] == list(range(1, 11))
    assert len(events.Tensors("epoch_steps_per_second")) == 2


def test_tensor_board_after_a_scheduler_has_the_learning_rate(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    pytest.importorskip("tensorflow")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trainer.compile(tiny_losses(), TINY_WEIGHTS, keras.optimizers.Adam(8.0), precision="float32")
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    board = keras.callbacks.TensorBoard(tmp_path)
    trainer.fit(**fit_arguments, callbacks=[scheduler, board])
    events = EventAccumulator(str(tmp_path / "train"))
    events.Reload()
    assert len(events.Tensors("epoch_learning_rate")) == 2


def test_tensor_board_names_its_requirements(
    trainer: Trainer,
    fit_arguments: FitArguments,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match="pip install tensorboard"):
        trainer.fit(**fit_arguments, callbacks=[keras.callbacks.TensorBoard(tmp_path)])


def test_tensor_board_histograms_of_weights_are_refused(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    pytest.importorskip("tensorflow")
    board = keras.callbacks.TensorBoard(tmp_path, histogram_freq=1)
    with pytest.raises(ValueError, match="changes no weights.*histogram_freq=1"):
        trainer.fit(**fit_arguments, callbacks=[board])


def test_a_full_disk_does_not_end_the_run(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    resource = pytest.importorskip("resource", reason="Windows limits no files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
    try:
        with pytest.warns(UserWarning, match=r"\(File too large\)"):
            trainer.fit(**fit_arguments, callbacks=[TensorBoardImages(tmp_path)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert trainer.state.epoch == fit_arguments["epochs"]
