"""The progress output of a run."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import TinyExtractor, tiny_losses

from nst_framework import Trainer
from nst_framework.text import format_duration

FitArguments = dict[str, Any]


def test_one_line_per_epoch_outside_a_terminal(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.fit(**{**fit_arguments, "verbose": "auto"})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "26 x 20 pixels, float32"
    terms = [
        re.fullmatch(r"(\w+): [\d.e-]+ at the start, ([\d.]+)% of the gradient", line)
        for line in lines[1:4]
    ]
    names = ["content_loss", "style_loss", "total_variation_loss"]
    assert [term and term[1] for term in terms] == names
    assert sum(float(term[2]) for term in terms if term) == pytest.approx(100, abs=0.2)
    assert len(lines) == 6
    pattern = r"Epoch 2/2 - step 5/5 - [\d:]+, 0:00 left - loss: [\d.e+-]+ - content_loss: .*"
    assert re.fullmatch(pattern, lines[5])


def test_in_a_terminal_the_line_is_updated_at_every_step(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.fit(**{**fit_arguments, "verbose": 1})
    out = capsys.readouterr().out
    assert out.count("\n") == 6
    assert out.count("\r") == 12, "each of ten steps and each of two epochs' ends"
    columns = shutil.get_terminal_size().columns
    rewritten = [line for line in re.split("[\r\n]", out) if "step 5/5" not in line]
    assert max(map(len, rewritten)) < columns, "a line that wraps could not be rewritten"


def test_the_terms_of_a_dark_image_are_also_printed(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    dark = (fit_arguments["content"] > 200).astype("uint8")
    trainer.fit(**{**fit_arguments, "content": dark, "verbose": 2})
    assert "content_loss: " in capsys.readouterr().out


def test_silence(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer.fit(**{**fit_arguments, "verbose": 0})
    assert capsys.readouterr().out == ""


def test_why_an_epoch_ended_early_is_shown(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    fit_arguments["content"][:] = 80
    trainer.compile(trainer.losses[2])
    trainer.fit(**{**fit_arguments, "verbose": 2})
    assert "ended early. L-BFGS: no step lowers the loss" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (65, "1:05"), (7265, "2:01:05")]
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_a_slow_first_evaluation_is_the_only_one(
    fit_arguments: FitArguments,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Counting(ThreadPoolExecutor):
        calls = 0

        def map(self, *arguments: Any, **options: Any) -> Any:
            Counting.calls += 1
            return super().map(*arguments, **options)

    def evaluations(slow: float) -> int:
        monkeypatch.setattr("nst_framework.run.progress.SLOW", slow)
        silent, loud = (count(fit_arguments | {"verbose": verbose}) for verbose in (0, 2))
        return (loud - silent) // 2  # an evaluation maps its tiles twice

    def count(arguments: FitArguments) -> int:
        Counting.calls = 0
        with Counting(1) as executor:
            trainer = Trainer(TinyExtractor())
            trainer.compile(tiny_losses(), executor=executor, tile_size=32, precision="float32")
            trainer.fit(**arguments)
        return Counting.calls

    assert evaluations(slow=1000.0) == 1 + len(tiny_losses())
    assert "Shares of the gradient" not in capsys.readouterr().out
    assert evaluations(slow=0.0) == 1
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"content_loss: [\d.e+-]+ at the start", lines[1])
    assert re.match(r"Shares of the gradient were not measured, .*measure_terms\(\)", lines[4])
