"""A short run of the command line, and what it prints, for its tests."""

from __future__ import annotations

import pytest

from nst_framework.cli import main

SMALL = ["--size", "32", "--epochs", "1", "--steps-per-epoch", "2"]
RANDOM = ["--network", "random", "--content-layers", "filters_7", "--style-layers", "filters_7"]
"""A network that is quickly traced, for tests in which VGG16 would add nothing."""


def transfer(*arguments: str) -> int:
    """Makes a small image of the files in the fixture `folder`, and returns the exit code."""
    return main(["transfer", "content.png", "style.png", *SMALL, *arguments])


def one_error_line(capfd: pytest.CaptureFixture[str]) -> str:
    """The error that was printed: one line, at most after the line that says what is made."""
    out, err = capfd.readouterr()
    assert out == "" or (" in the style of " in out and out.count("\n") == 1)
    assert err.startswith("nst: error: ")
    assert err.count("\n") == 1
    return err
