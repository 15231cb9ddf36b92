"""The output of the command line, for its tests."""

from __future__ import annotations

import pytest


def one_error_line(capfd: pytest.CaptureFixture[str]) -> str:
    """The error that was printed: one line, and nothing else."""
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("nst: error: ")
    assert err.count("\n") == 1
    return err
