"""The name of a result without --output."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import RANDOM, one_error_line, transfer

from nst_framework import read_image, write_image
from nst_framework.cli import main
from nst_framework.jobs.result_name import claim_name

SETTINGS = {"content": "photos/cat.jpg", "style": ["oil.png"], "initial_image": "content"}


def result_name(settings: dict[str, Any], config: str | None = None) -> str:
    """The name that a run would claim now."""
    with contextlib.ExitStack() as locks:
        return claim_name(settings, locks, config=config)


@pytest.fixture(autouse=True)
def _in(folder: Path) -> None:
    pass


def test_the_name_combines_content_and_styles() -> None:
    assert result_name(SETTINGS) == "cat-oil.png"
    assert result_name({**SETTINGS, "style": ["a/b.jpg", "c.tif"]}) == "cat-b-c.png"
    long = result_name({**SETTINGS, "content": "ü" * 120 + ".png", "style": ["s" * 250]})
    assert len(os.fsencode(f"{long}.preview.toml")) < 255
    assert long.startswith("üü")
    assert "-ss" in long


def test_existing_files_are_not_overwritten() -> None:
    for name in ("cat-oil.png", "cat-oil-2.png.toml"):
        Path(name).write_text("of someone else")
    assert result_name(SETTINGS) == "cat-oil-3.png"
    assert result_name({**SETTINGS, "content": "cat.png", "style": ["oil.png"]}) == "cat-oil-3.png"


def test_the_same_run_keeps_its_name_and_another_run_gets_a_number() -> None:
    assert transfer(*RANDOM, "--quiet") == 0
    first = Path("content-style.png").read_bytes()
    assert transfer(*RANDOM, "--quiet") == 0
    assert not Path("content-style-2.png").exists()
    assert transfer(*RANDOM, "--quiet", "--seed", "1", "--noise", "0.5") == 0
    assert Path("content-style.png").read_bytes() == first
    assert Path("content-style-2.png").read_bytes() != first
    write_image("content.png", 255 - read_image("content.png"))
    assert transfer(*RANDOM, "--quiet") == 0
    assert Path("content-style.png").read_bytes() == first
    assert Path("content-style-3.png").read_bytes() != first


def test_inputs_and_outputs_of_other_runs_are_not_overwritten() -> None:
    for name in ("cat-oil-2.preview.png", "cat-oil-4-00005.png"):
        settings = {**SETTINGS, "initial_image": name, "style_masks": ["cat-oil.png"]}
        assert result_name(settings) == ("cat-oil-3.png" if "-2" in name else "cat-oil-2.png")
    assert result_name(SETTINGS, config="cat-oil.png") == "cat-oil-2.png"
    other = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "from nst_framework.saving import lock_output\n"
            "with lock_output('cat-oil.png'): print('locked', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with other:
        assert other.stdout is not None
        other.stdout.readline()
        assert result_name(SETTINGS) == "cat-oil-2.png"
        other.communicate(b"\n")
    assert result_name(SETTINGS) == "cat-oil.png"


def test_repeating_a_result_gives_it_a_new_name() -> None:
    assert transfer(*RANDOM, "--quiet") == 0
    first = Path("content-style.png").read_bytes()
    assert main(["transfer", "--config", "content-style.png", "--quiet"]) == 0
    assert Path("content-style.png").read_bytes() == first
    assert Path("content-style-2.png").read_bytes() == first


def test_a_resumed_run_keeps_its_name() -> None:
    Path("stop.py").write_text(
        "import keras, os, signal\n"
        "class Stop(keras.callbacks.Callback):\n"
        "    def on_train_batch_end(self, batch, logs=None):\n"
        "        if self.model.state.step == 1:\n"
        "            os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    options = (
        "--checkpoint",
        "run.npz",
        "--resume",
        "--callback",
        "stop.py:Stop",
        "--quiet",
        *RANDOM,
    )
    assert transfer(*options) == 143
    assert [path.name for path in Path().glob("*-style*")] == ["content-style.png"]
    assert transfer(*options) == 0
    names = sorted(path.name for path in Path().glob("*-style*"))
    assert names == ["content-style.png", "content-style.png.toml"]


def test_initial_image_last_needs_an_output(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert transfer("--initial-image", "last") == 2
    assert "--initial-image last needs --output." in one_error_line(capfd)


def test_a_dumped_configuration_has_no_output(capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--dump-config", *RANDOM) == 0
    Path("run.toml").write_text(capfd.readouterr().out)
    assert "output" not in [
        line.split(" ")[0] for line in Path("run.toml").read_text().splitlines()
    ]
    assert main(["transfer", "--config", "run.toml", "--quiet"]) == 0
    assert Path("content-style.png").exists()


def test_the_first_line_is_printed_before_keras_is_loaded(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["nst_framework.cli.transfer"], "load_backend", stop)
    assert transfer() == 130
    assert capfd.readouterr().out == (
        "content.png in the style of style.png -> content-style.png (32 pixels, at most 1 x 2 "
        "steps)\n"
    )
