"""What the command line prints, even to a reader that has gone."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import TextIO


def one_line(text: str) -> str:
    """A text on one line, in which only printable characters are left."""
    line = " ".join(text.split())
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in line
    )


def say(text: str, error: bool = False) -> None:
    """Prints a text on one line; a pipe that is closed or a disk that is full loses it alone."""
    try:
        print(one_line(text), file=sys.stderr if error else sys.stdout, flush=True)
    except OSError:
        discard_unread()


def show_on_one_line(kinds: tuple[type[Warning], ...]) -> None:
    """Prints warnings of these kinds without the line of code, until `catch_warnings` ends."""
    show = warnings.showwarning

    def show_some(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, kinds):
            say(f"nst: warning: {message}", error=True)
        else:
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = show_some


def discard_unread() -> None:
    """Discards what nobody can read any more, so that Python ends without an error."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(Path(os.devnull), os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
