"""What `nst --help` and `nst --version` print."""

from __future__ import annotations

import os
import subprocess
import sys

import keras
import pytest

import nst_framework
from nst_framework import defaults
from nst_framework.cli import main


def test_version_prints_what_affects_results_and_the_devices(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as exit_code:
        main(["--version"])
    assert exit_code.value.code == 0
    lines = dict(line.split(" ", 1) for line in capfd.readouterr().out.splitlines())
    assert lines["nst_framework"] == nst_framework.__version__
    assert lines["keras"] == keras.__version__
    assert lines["backend"].startswith(keras.backend.backend())
    assert "cpu:0" in lines["devices"] or "gpu:0" in lines["devices"]


def test_help_needs_no_backend() -> None:
    environment = {**os.environ, "KERAS_BACKEND": "none"}
    for arguments in (["--help"], ["transfer", "--help"]):
        command = [sys.executable, "-m", "nst_framework", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout
    assert keras.backend.backend() == "tensorflow"


def test_help_shows_the_defaults_of_the_library(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["transfer", "--help"])
    out = " ".join(capfd.readouterr().out.split())
    assert f"(default: {defaults.CONTENT_WEIGHT})" in out
    assert f"(default: {defaults.SIZE})" in out
