"""What a result is called without --output, and what is said of it before Keras is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import SMALL, one_error_line, transfer

from nst_framework import read_image, write_image
from nst_framework.cli import main
from nst_framework.cli.result_name import result_name

SETTINGS = {"content": "photos/cat.jpg", "style": ["oil.png"], "initial_image": "content"}


@pytest.fixture(autouse=True)
def _in(folder: Path) -> None:
    pass


def test_it_has_the_names_of_content_and_styles_in_the_current_folder() -> None:
    assert result_name(SETTINGS) == "cat-oil.png"
    assert result_name({**SETTINGS, "style": ["a/b.jpg", "c.tif"]}) == "cat-b-c.png"
    long = result_name({**SETTINGS, "content": "ü" * 120 + ".png", "style": ["s" * 250]})
    assert len(os.fsencode(f"{long}.preview.toml")) < 255
    assert long.startswith("üü")
    assert "-ss" in long


def test_an_earlier_result_an_input_and_any_other_file_are_kept() -> None:
    for name in ("cat-oil.png", "cat-oil-2.png.toml"):
        Path(name).write_text("of someone else")
    assert result_name(SETTINGS) == "cat-oil-3.png"
    assert result_name({**SETTINGS, "content": "cat.png", "style": ["oil.png"]}) == "cat-oil-3.png"


def test_the_same_run_keeps_its_name_and_another_one_gets_a_number() -> None:
    assert transfer("--quiet") == 0
    first = Path("content-style.png").read_bytes()
    assert transfer("--quiet") == 0
    assert not Path("content-style-2.png").exists()
    assert transfer("--quiet", "--seed", "1", "--noise", "0.5") == 0
    assert Path("content-style.png").read_bytes() == first
    assert Path("content-style-2.png").read_bytes() != first
    write_image("content.png", 255 - read_image("content.png"))
    assert transfer("--quiet") == 0
    assert Path("content-style.png").read_bytes() == first
    assert Path("content-style-3.png").read_bytes() != first


def test_a_resumed_run_replaces_what_its_interruption_left() -> None:
    Path("run.npz").touch()
    later = Path("run.npz").stat().st_mtime_ns + 1
    settings = {**SETTINGS, "checkpoint": "run.npz"}
    Path("cat-oil.png").touch()
    os.utime("cat-oil.png", ns=(later, later - 2))
    assert result_name(settings, resume=True) == "cat-oil-2.png", "older than the run"
    os.utime("cat-oil.png", ns=(later, later))
    assert result_name(settings, resume=True) == "cat-oil.png"
    assert result_name(settings) == "cat-oil-2.png"
    Path("cat-oil.png.toml").touch()
    assert result_name(settings, resume=True) == "cat-oil-2.png", "it is complete"


def test_an_interrupted_run_ends_under_the_name_under_which_it_began() -> None:
    Path("stop.py").write_text(
        "import keras, os, signal\n"
        "class Stop(keras.callbacks.Callback):\n"
        "    def on_train_batch_end(self, batch, logs=None):\n"
        "        if self.model.state.step == 1:\n"
        "            os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    options = ("--checkpoint", "run.npz", "--resume", "--callback", "stop.py:Stop", "--quiet")
    assert transfer(*options) == 143
    assert [path.name for path in Path().glob("*-style*")] == ["content-style.png"]
    assert transfer(*options) == 0
    names = sorted(path.name for path in Path().glob("*-style*"))
    assert names == ["content-style.png", "content-style.png.toml"]


def test_the_start_from_an_earlier_result_needs_its_name(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert transfer("--initial-image", "last") == 2
    assert "Received: no --output." in one_error_line(capfd)


def test_a_dumped_configuration_names_no_result(capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--dump-config") == 0
    Path("run.toml").write_text(capfd.readouterr().out)
    assert "output" not in [
        line.split(" ")[0] for line in Path("run.toml").read_text().splitlines()
    ]
    assert main(["transfer", "--config", "run.toml", "--quiet"]) == 0
    assert Path("content-style.png").exists()


def test_the_first_line_is_there_before_keras() -> None:
    command = [sys.executable, "-m", "nst_framework", "transfer", "content.png", "style.png"]
    begin = time.perf_counter()
    with subprocess.Popen([*command, *SMALL], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        seconds = time.perf_counter() - begin
        process.kill()
    assert line == (
        "content.png in the style of style.png -> content-style.png (32 pixels, at most 1 x 2 "
        "steps)\n"
    )
    assert seconds < 2
