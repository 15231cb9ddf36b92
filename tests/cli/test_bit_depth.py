"""Results with 16 bits per channel."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from command_line import RANDOM, one_error_line, transfer

from nst_framework import read_image, write_image
from nst_framework.cli import main
from nst_framework.images.metadata import read_metadata
from nst_framework.images.reading import read_alpha

DEEP = ["--bit-depth", "16", "--quiet", *RANDOM]


def test_16_bit_results_are_written_and_reproduced(folder: Path) -> None:
    assert transfer("--output", "deep.tif", "--save-every", "2", *DEEP) == 0
    assert transfer("--output", "flat.tif", "--quiet", *RANDOM) == 0
    deep, flat = tifffile.imread("deep.tif"), tifffile.imread("flat.tif")
    assert deep.dtype == np.uint16
    assert np.abs(deep / 257 - flat).max() < 1, "not the same picture as with 8 bits"
    assert len(np.unique(deep % 257)) > 100, "rounded to 8 bits before writing"
    np.testing.assert_array_equal(tifffile.imread("deep-00002.tif"), deep)
    assert tomllib.loads(Path("deep.tif.toml").read_text())["bit_depth"] == 16
    assert tomllib.loads(read_metadata("deep.tif") or "")["bit_depth"] == 16
    for source in ("deep.tif.toml", "deep.tif"):
        assert main(["transfer", "--config", source, "--output", "again.tif", "--quiet"]) == 0
        assert Path("again.tif").read_bytes() == Path("deep.tif").read_bytes()


def test_a_16_bit_result_can_be_a_content(folder: Path) -> None:
    cut_out = np.dstack([read_image("content.png"), np.tile(np.uint8([0, 255]), (24, 16))])
    write_image("content.png", cut_out)
    assert transfer("--output", "deep.png", *DEEP) == 0
    np.testing.assert_array_equal(read_alpha("deep.png", (24, 32)), cut_out[..., 3])
    again = ["deep.png", "style.png", "--output", "again.png", "--size", "32", "--epochs", "1"]
    assert main(["transfer", *again, "--steps-per-epoch", "1", *DEEP]) == 0
    np.testing.assert_array_equal(read_alpha("again.png", (24, 32)), cut_out[..., 3])


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.bmp"])
def test_8_bit_formats_are_refused_before_the_run(
    folder: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    assert transfer("--output", name, *DEEP) == 2
    error = one_error_line(capfd)
    assert "ends in one of .png, .tif, .tiff for a bit depth of 16" in error
    assert name in error
    assert transfer("--output", "a.png", "--bit-depth", "12", *RANDOM) == 2
    assert "Expected --bit-depth to be one of 8, 16" in one_error_line(capfd)


@pytest.mark.usefixtures("contents_and_styles")
def test_bit_depth_can_be_a_batch_column(capfd: pytest.CaptureFixture[str]) -> None:
    table = "content,style,output,bit_depth\n"
    row = "contents/a.png,styles/c.png,outputs/{},{}\n"
    Path("jobs.csv").write_text(table + row.format("a.tif", 16) + row.format("b.tif", 8))
    quick = ["--size", "32", "--epochs", "1", "--steps-per-epoch", "1", "--quiet", *RANDOM]
    assert main(["batch", "jobs.csv", *quick]) == 0
    assert tifffile.imread("outputs/a.tif").dtype == np.uint16
    assert tifffile.imread("outputs/b.tif").dtype == np.uint8
    Path("jobs.csv").write_text(table + row.format("c.jpg", 16))
    assert main(["batch", "jobs.csv", *quick]) == 2
    assert "for a bit depth of 16" in one_error_line(capfd)


def test_8_bit_results_and_saved_steps_are_dithered_alike(folder: Path) -> None:
    assert transfer("--output", "result.png", "--save-every", "2", "--quiet", *RANDOM) == 0
    np.testing.assert_array_equal(read_image("result-00002.png"), read_image("result.png"))
    assert transfer("--output", "deep.png", *DEEP) == 0
    differs = read_image("result.png") != read_image("deep.png")
    assert 0.1 < differs.mean() < 0.5, "rounded to the nearest value instead of dithered"
