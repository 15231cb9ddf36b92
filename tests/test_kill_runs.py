"""Killed and resumed runs end like uninterrupted ones; `tools/kill_runs.py` tests more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "tools" / "kill_runs.py"


@pytest.mark.slow
def test_killed_runs_end_like_uninterrupted_ones() -> None:
    command = [sys.executable, str(SCRIPT), "--kills", "3", "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 of 3: " in done.stdout
