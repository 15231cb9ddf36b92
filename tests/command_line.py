"""Helpers for tests of the command line: short runs, and the error that was printed."""

from __future__ import annotations

import pytest

from nst_framework.cli import main

SMALL = ["--size", "32", "--epochs", "1", "--steps-per-epoch", "2"]
RANDOM = ["--network", "random", "--content-layers", "filters_7", "--style-layers", "filters_7"]
"""A network that is fast to trace, for tests that do not need VGG16."""


def transfer(*arguments: str) -> int:
    """Makes a small image from the files in the fixture `folder`, and returns the exit code."""
    return main(["transfer", "content.png", "style.png", *SMALL, *arguments])


def one_error_line(capfd: pytest.CaptureFixture[str]) -> str:
    """The error that was printed: one line, possibly after the first line of a run."""
    out, err = capfd.readouterr()
    assert out == "" or (" in the style of " in out and out.count("\n") == 1)
    assert err.startswith("nst: error: ")
    assert err.count("\n") == 1
    return err
