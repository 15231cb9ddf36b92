"""TensorFlow is not imported if Keras uses another backend."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from nst_framework import write_image

STUB = """
from pathlib import Path
Path(__file__).with_name("was_imported").touch()
raise ImportError("No TensorFlow here")
"""

RUN = """
from nst_framework import Trainer, callbacks, testing
from nst_framework.callbacks import Checkpoint, ComparisonFigure, ImageSaver, LossCurves
from nst_framework.cli import main

images = ["image.png", "image.png"]
files = ["--checkpoint", "a.npz", "--output", "result.png"]
main(["transfer", *images, *files, *"--size 32 --epochs 1 --steps-per-epoch 2".split()])
main(["score", "result.png", "--content", "image.png", "--style", "image.png"])
"""


@pytest.mark.skipif(keras.backend.backend() == "tensorflow", reason="Keras runs on TensorFlow")
def test_tensorflow_is_not_imported(tmp_path: Path) -> None:
    # Replaces TensorFlow, installed or not, and reports whether it is imported.
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    (stubs / "tensorflow.py").write_text(STUB)
    write_image(tmp_path / "image.png", np.eye(32, dtype=np.uint8)[..., None].repeat(3, -1) * 255)
    paths = [str(stubs), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", RUN]
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    assert "result.png" in run.stdout
    assert not (stubs / "was_imported").exists()
