"""The sizes at which `nst transfer` works: scales, tiles, and the content's own size."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from command_line import RANDOM, transfer

from nst_framework import read_image
from nst_framework.cli import main
from nst_framework.run import schedule

pytestmark = pytest.mark.usefixtures("folder")


def test_scales_and_tiles(capfd: pytest.CaptureFixture[str]) -> None:
    options = "--scales 0.75 1 --epochs 2 --tile-size 32 --precision float32 --optimizer scipy"
    assert transfer(*options.split()) == 0
    lines = capfd.readouterr().out.splitlines()
    plans = [line for line in lines if " in tiles of " in line]
    assert plans[0] == "24 x 18 pixels in tiles of 32, float32"
    assert plans[1] == "32 x 24 pixels in tiles of 32, float32"
    end = "content-style.png: 32 x 24 pixels. The epoch is complete: all 2 steps done."
    assert lines[-1] == end


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ("--size 64 --epochs 2", ["32 x 24", "64 x 48"]),
        ("--size 128 --epochs 3", ["32 x 24", "64 x 48", "128 x 96"]),
        ("--size 128 --epochs 2", ["64 x 48", "128 x 96"]),
        ("--size 64 --epochs 2 --scales 1", ["64 x 48"]),
        ("--size 64 --epochs 1", ["64 x 48"]),
        ("--size 63 --epochs 2", ["63 x 47"]),
    ],
)
def test_automatic_scales_double_up_to_the_size(
    options: str,
    sizes: list[str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "COARSEST_SIZE", 32)
    assert transfer(*options.split(), *RANDOM) == 0
    _, *lines = capfd.readouterr().out.splitlines()
    plans = [line for line in lines if " pixels, " in line]
    assert [plan.partition(" pixels")[0] for plan in plans] == sizes


@pytest.mark.parametrize(
    ("options", "size"), [("--size none", "32 x 24"), ("--size none --scales 0.75 1", "24 x 18")]
)
def test_size_none_keeps_the_size_of_the_content(
    options: str, size: str, capfd: pytest.CaptureFixture[str]
) -> None:
    words = f"content.png style.png --epochs 2 --steps-per-epoch 1 {options}"
    assert main(["transfer", *words.split(), *RANDOM]) == 0
    _, plan, *_ = capfd.readouterr().out.splitlines()
    assert plan.startswith(f"{size} pixels")
    assert read_image("content-style.png").shape == (24, 32, 3)
    settings = tomllib.loads(Path("content-style.png.toml").read_text())
    assert settings["size"] == "none"
    assert main(["transfer", "--config", "content-style.png.toml", "--quiet"]) == 0
