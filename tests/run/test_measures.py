"""Metrics passed to `compile`, computed at the end of each epoch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import compile_tiny

from nst_framework import Trainer, read_image
from nst_framework.callbacks import Checkpoint, ImageSaver
from nst_framework.defaults import SCORES
from nst_framework.metrics import gram_distance, score
from nst_framework.run.measures import make_measure

FitArguments = dict[str, Any]


def brightness(result: np.ndarray, content: np.ndarray, style: np.ndarray) -> dict[str, float]:
    return {"brightness": float(result.mean()), "content_brightness": content.mean()}


def test_custom_metrics_are_in_logs_and_history(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    of_epochs: list[float] = []
    of_steps: list[dict[str, float]] = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: of_epochs.append(trainer.image.mean()),
        on_train_batch_end=lambda batch, logs: of_steps.append(logs),
    )

    def width(result: np.ndarray, content: np.ndarray, style: np.ndarray) -> int:
        assert result.shape == content.shape
        assert {each.dtype.name for each in (result, content, style)} == {"uint8"}
        assert style.shape[2] == 3
        return result.shape[1]

    compile_tiny(trainer, metrics=[brightness, width], scales=(0.5, 1))
    saver = ImageSaver(tmp_path / "{epoch}-{width}.png")
    callbacks = [watch, saver, Checkpoint(tmp_path / "run.npz")]
    history = trainer.fit(**fit_arguments, callbacks=callbacks).history
    assert history["brightness"] == of_epochs
    assert history["width"] == [13, 26]
    assert not {"brightness", "width"} & set(of_steps[-1])
    assert len(list(tmp_path.glob("*-*.png"))) == 2
    trainer.fit(**{**fit_arguments, "epochs": 3}, resume_from=tmp_path / "run.npz")
    assert trainer.history.history["width"] == [13, 26, 26]


def test_evaluate_has_the_metrics_of_the_image(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    names = {"content_loss", "loss", "style_loss", "total_variation_loss"}
    compile_tiny(trainer, metrics=[brightness, "structural_similarity"])
    history = trainer.fit(**fit_arguments, color="luminance").history
    evaluated = trainer.evaluate()
    assert set(evaluated) - names == {"brightness", "content_brightness", "structural_similarity"}
    assert evaluated["brightness"] == history["brightness"][-1] == trainer.image.mean()
    assert evaluated["structural_similarity"] == history["structural_similarity"][-1] < 1
    shown = trainer.evaluate(trainer.image)
    assert [shown[name] for name in shown.keys() - names] == [
        evaluated[name] for name in shown.keys() - names
    ]
    of_content = trainer.evaluate(fit_arguments["content"])
    assert of_content["structural_similarity"] == pytest.approx(1)
    assert of_content["brightness"] == fit_arguments["content"].mean()
    dark = trainer.evaluate(fit_arguments["content"] // 2)
    assert dark["brightness"] < of_content["brightness"] == dark["content_brightness"]


def test_the_terms_before_the_first_step_need_no_metrics(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[float] = []

    def counted(result: np.ndarray, content: np.ndarray, style: np.ndarray) -> float:
        calls.append(result.mean())
        return calls[-1]

    compile_tiny(trainer, metrics=[counted])
    trainer.fit(**{**fit_arguments, "epochs": 1, "verbose": 2})
    assert "counted" not in capsys.readouterr().out.partition("Epoch")[0]
    assert len(calls) == 2, "once before the first step, once after the epoch"


def test_early_stopping_follows_a_metric(trainer: Trainer, fit_arguments: FitArguments) -> None:
    compile_tiny(trainer, metrics=lambda result, content, style: {"constant": 1.0})
    stopping = keras.callbacks.EarlyStopping("constant", mode="max", patience=1)
    trainer.fit(**{**fit_arguments, "epochs": 9}, callbacks=[stopping])
    assert trainer.state.epoch == 2


def test_built_in_metrics_equal_the_score(trainer: Trainer, fit_arguments: FitArguments) -> None:
    content, style = (read_image(fit_arguments[name], 48) for name in ("content", "style"))
    compile_tiny(trainer, metrics=["structural_similarity", gram_distance])
    arguments = {**fit_arguments, "content": content, "style": style, "epochs": 1}
    history = trainer.fit(**arguments).history
    expected = score(trainer.image, content, style)
    assert history["gram_distance"] == pytest.approx([expected["gram_distance"]], rel=1e-4)
    assert history["structural_similarity"] == [expected["structural_similarity"]]
    assert "content_fidelity" not in history


def test_the_score_has_the_keys_that_compile_accepts() -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    measure = make_measure(score)
    assert measure is not None
    assert tuple(measure(image, image, image)) == SCORES
    assert make_measure(None) is None
    assert make_measure([]) is None


def test_bad_metrics(trainer: Trainer, fit_arguments: FitArguments) -> None:
    with pytest.raises(ValueError, match="'gram_distanse'.*Did you mean 'gram_distance'"):
        compile_tiny(trainer, metrics=["gram_distanse"])
    with pytest.raises(ValueError, match="functions .*Received: 7"):
        compile_tiny(trainer, metrics=[7])
    for metric, message in (
        (lambda *images: {"style_loss": 1.0}, "other names than the losses.*style_loss"),
        (lambda *images: "good", "metrics: <lambda>.*finite number.*good"),
    ):
        compile_tiny(trainer, metrics=[metric])
        with pytest.raises(ValueError, match=message):
            trainer.fit(**fit_arguments)
    assert not trainer.built, "the error comes before the first step"
