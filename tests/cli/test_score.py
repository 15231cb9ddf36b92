"""`nst score`: its output and its errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import one_error_line

from nst_framework import write_image
from nst_framework.cli import main
from nst_framework.metrics import score

IMAGES = ["result.png", "--content", "content.png", "--style", "style.png"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with three images."""
    generator = np.random.default_rng(0)
    for name, shape in (("content", (40, 48, 3)), ("style", (48, 44, 3)), ("result", (40, 48, 3))):
        write_image(tmp_path / f"{name}.png", generator.integers(0, 256, shape, dtype=np.uint8))
    (tmp_path / "text.png").write_text("no picture")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_score_prints_one_line_per_metric(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["score", *IMAGES]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    numbers = score("result.png", "content.png", "style.png")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == list(numbers)
    for line, number in zip(lines, numbers.values(), strict=True):
        assert float(line.split()[1]) == pytest.approx(number, abs=6e-5)
    assert len({len(line) for line in lines}) == 1
    assert len({line.rindex(".") for line in lines}) == 1


def test_scores_depend_on_the_result(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "content.png", *IMAGES[1:]]) == 0
    numbers = dict(line.split() for line in capfd.readouterr().out.splitlines())
    assert float(numbers["structural_similarity"]) == 1.0
    assert float(numbers["holistic_textures"]) < 1.0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("score none.png --content content.png --style style.png", "result='none.png'"),
        ("score result.png --content text.png --style style.png", "content='text.png'"),
        ("score result.png --content content.png --style .", "style='.'"),
        ("score result.png --content content.png", "nst score needs --style. Write nst score"),
        (
            "score result.png other.png --content content.png --style style.png",
            "'other.png'. See nst score --help.",
        ),
        ("score result.png --content content.png --style style.png --stile x", "mean --style?\n"),
    ],
)
def test_wrong_options_are_one_line(
    words: str, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 2
    assert message in one_error_line(capfd)
