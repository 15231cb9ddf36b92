"""The comparison figure and the loss curves, written to a file and shown live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from nst_framework import Trainer, read_image
from nst_framework.callbacks import ComparisonFigure, LiveFigure, LossCurves

FitArguments = dict[str, Any]


def test_the_comparison_shows_all_three_pictures(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "comparison.png"
    fit_arguments["content"] = np.full((40, 40, 3), (255, 0, 0), np.uint8)
    fit_arguments["style"] = np.full((40, 60, 3), (0, 0, 255), np.uint8)
    trainer.fit(**fit_arguments, callbacks=[ComparisonFigure(path)])
    figure = read_image(path).astype(int)
    red = (figure == (255, 0, 0)).all(axis=-1)
    blue = (figure == (0, 0, 255)).all(axis=-1)
    assert red.sum() > 0.15 * red.size
    assert blue.sum() / red.sum() == pytest.approx(1.5, rel=0.05), "aspect ratios are kept"
    assert np.argwhere(red)[:, 1].max() < np.argwhere(blue)[:, 1].min()


def test_the_curves_have_one_line_per_term(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "losses.svg"
    trainer.fit(**fit_arguments, callbacks=[LossCurves(path)])
    svg = path.read_text()
    for name in ("loss", "content loss", "style loss", "total variation loss"):
        assert f"<!-- {name} -->" in svg


def test_the_figure_is_written_despite_an_interruption(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    def interrupt(batch: int, logs: Any) -> None:
        raise KeyboardInterrupt

    callbacks = [
        LossCurves(tmp_path / "losses.png"),
        ComparisonFigure(tmp_path / "comparison.png"),
        keras.callbacks.LambdaCallback(on_train_batch_end=interrupt),
    ]
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(**fit_arguments, callbacks=callbacks)
    assert (tmp_path / "losses.png").exists()
    assert (tmp_path / "comparison.png").exists()


@pytest.mark.parametrize("callback", [ComparisonFigure, LossCurves])
def test_outside_a_notebook_a_path_is_required(
    callback: Any, trainer: Trainer, fit_arguments: FitArguments
) -> None:
    with pytest.raises(ValueError, match="Expected a path"):
        trainer.fit(**fit_arguments, callbacks=[callback()])


@pytest.mark.parametrize("callback", [ComparisonFigure, LossCurves])
def test_bad_file_names_are_found_before_the_first_step(
    callback: Any, trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"\.png.*figure\.xyz"):
        trainer.fit(**fit_arguments, callbacks=[callback(tmp_path / "figure.xyz")])


@pytest.mark.parametrize(("seconds", "figures"), [(0, 6), (1000, 2)])
def test_the_live_figure_is_drawn_at_the_given_interval(
    seconds: float,
    figures: int,
    trainer: Trainer,
    fit_arguments: FitArguments,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live = LiveFigure(tmp_path / "live.svg", every_seconds=seconds)
    drawn = []
    draw = live.draw
    monkeypatch.setattr(live, "draw", lambda: (drawn.append(trainer.state.step), draw())[1])
    trainer.fit(**{**fit_arguments, "epochs": 1}, callbacks=[live])
    assert len(drawn) == figures
    assert (drawn[0], drawn[-1]) == (1, 5), "after the first step, and at the end"
    svg = (tmp_path / "live.svg").read_text()
    assert "<!-- step 5 -->" in svg
    assert "<!-- style loss -->" in svg
    assert "<image" in svg
