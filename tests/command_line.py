"""What the command line prints, for tests of it."""

from __future__ import annotations

import pytest


def one_error_line(capfd: pytest.CaptureFixture[str]) -> str:
    """The error that was printed, which has to be one line and all."""
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("nst: error: ")
    assert err.count("\n") == 1
    return err
