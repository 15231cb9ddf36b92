"""`--preview`: a picture that exists during the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import SMALL, one_error_line, transfer

from nst_framework import read_image
from nst_framework.cli import main

pytestmark = pytest.mark.usefixtures("folder")

LOOK = """
import keras, os, shutil, signal

class Look(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        shutil.copy("out.preview.jpg", "seen.jpg")
        if os.path.exists("stop"):
            os.kill(os.getpid(), signal.SIGTERM)
"""


@pytest.mark.parametrize("stop", [False, True])
def test_the_preview_is_announced_and_removed_at_the_end(
    stop: bool, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("look.py").write_text(LOOK)
    if stop:
        Path("stop").touch()
    options = ("--preview", "--output", "out.jpg", "--callback", "look.py:Look")
    assert transfer(*options) == (143 if stop else 0)
    assert capfd.readouterr().out.splitlines()[1].startswith("out.preview.jpg: ")
    assert read_image("seen.jpg").shape == (24, 32, 3)
    assert Path("out.jpg").exists()
    assert not Path("out.preview.jpg").exists()


def test_the_preview_does_not_overwrite_inputs(capfd: pytest.CaptureFixture[str]) -> None:
    Path("content.png").rename("a.preview.png")
    images = ["a.preview.png", "style.png"]
    assert main(["transfer", *images, *SMALL, "--preview", "--output", "a.png"]) == 2
    assert "may overwrite 'a.preview.png'" in one_error_line(capfd)
    assert read_image("a.preview.png").shape == (24, 32, 3)


@pytest.mark.parametrize("command", ["batch", "video"])
def test_batch_and_video_have_no_preview(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([command, "content.png", "--preview"]) == 2
    assert "preview" in one_error_line(capfd)
