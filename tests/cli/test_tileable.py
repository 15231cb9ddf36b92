"""`--tileable`: results with matching opposite borders."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from command_line import RANDOM, one_error_line, transfer

from nst_framework import read_image, write_image
from nst_framework.cli import main
from nst_framework.images.metadata import read_metadata

TILEABLE = ["--tileable", "--quiet", *RANDOM]


def seam(image: np.ndarray) -> float:
    """The step across the vertical border of two copies, relative to that between columns."""
    columns = image.astype(float)
    inside = np.abs(np.diff(columns, axis=1)).mean()
    return float(np.abs(columns[:, 0] - columns[:, -1]).mean() / inside)


def test_opposite_borders_meet(folder: Path) -> None:
    ramp = np.tile(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], (48, 1, 3))
    write_image("content.png", ramp)
    more = ["--size", "64", "--epochs", "1", "--steps-per-epoch", "30", "--scales", "1"]
    weights = ["--content-weight", "0", "--tv-weight", "1"]
    command = ["transfer", "content.png", "style.png", *more, *weights, "--quiet", *RANDOM]
    assert main([*command, "--output", "plain.png"]) == 0
    assert main([*command, "--output", "tile.png", "--tileable"]) == 0
    assert seam(read_image("plain.png")) > 10
    assert seam(read_image("tile.png")) < 3


def test_the_switch_is_recorded_and_reproduced(folder: Path) -> None:
    assert transfer("--output", "tile.png", *TILEABLE) == 0
    assert tomllib.loads(Path("tile.png.toml").read_text())["tileable"] is True
    assert tomllib.loads(read_metadata("tile.png") or "")["tileable"] is True
    for source in ("tile.png.toml", "tile.png"):
        assert main(["transfer", "--config", source, "--output", "again.png", "--quiet"]) == 0
        assert Path("again.png").read_bytes() == Path("tile.png").read_bytes()


@pytest.mark.usefixtures("contents_and_styles")
def test_a_batch_reads_it_from_a_column(capfd: pytest.CaptureFixture[str]) -> None:
    table = "content,style,output,tileable\n"
    rows = "contents/a.png,styles/c.png,yes.png,true\ncontents/a.png,styles/c.png,no.png,false\n"
    Path("jobs.csv").write_text(table + rows)
    command = ["batch", "jobs.csv", "--quiet", "--size", "32", *RANDOM]
    assert main([*command, "--epochs", "1", "--steps-per-epoch", "2"]) == 0
    assert (read_image("yes.png") != read_image("no.png")).any()
    Path("jobs.csv").write_text(table + rows.replace("true", "perhaps"))
    assert main(command) == 2
    assert "true or false" in one_error_line(capfd)


def test_tiles_are_refused_before_the_run(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--output", "a.png", "--tile-size", "64", *TILEABLE) == 2
    assert "tile_size=None" in one_error_line(capfd)
    assert not Path("a.png").exists()


@pytest.mark.parametrize("style", ["brush_strokes", "style.png"])
def test_it_is_refused_where_it_does_not_apply(
    folder: Path, capfd: pytest.CaptureFixture[str], style: str
) -> None:
    if style == "brush_strokes":
        assert main(["transfer", "content.png", style, "--tileable"]) == 2
    else:
        assert main(["video", "content.mp4", style, "--output", "a.mp4", "--tileable"]) == 2
    assert "--tileable" in one_error_line(capfd)
