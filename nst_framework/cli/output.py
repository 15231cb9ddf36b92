"""What the command line prints, even to a reader that has gone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..text import one_line


def say(text: str, error: bool = False) -> None:
    """Prints a text on one line; a pipe that is closed or a disk that is full loses it alone."""
    try:
        print(one_line(text), file=sys.stderr if error else sys.stdout, flush=True)
    except OSError:
        discard_unread()


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
