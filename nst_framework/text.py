"""Prints lines that any terminal can show, and survives closed pipes and full disks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO


def one_line(text: str) -> str:
    """Joins a text into one line of printable characters and escapes the others.

    Example:
    ```python
    one_line("no\nfile 'a\x1b[31m.png'")  # "no file 'a\\x1b[31m.png'"
    ```
    """
    line = " ".join(text.split())
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in line
    )


def say(text: str) -> None:
    """Prints a text on one line; a closed pipe or a full disk loses only that line."""
    _print(text, sys.stdout)


def say_error(text: str) -> None:
    """Prints a text on one line of stderr, as `say` does on stdout."""
    _print(text, sys.stderr)


def discard_pending_output() -> None:
    """Discards output that cannot be written, so that Python exits without an error."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(Path(os.devnull), os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def format_duration(seconds: float) -> str:
    """Formats a duration as `1:05` (minutes and seconds) or `2:01:05` (with hours)."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def format_time_left(seconds: float) -> str:
    """Formats an estimate as `about 1:05 left`, or as `0:00 left` at the end."""
    text = f"{format_duration(seconds)} left"
    return f"about {text}" if round(seconds) else text


def _print(text: str, stream: TextIO) -> None:
    try:
        print(one_line(text), file=stream, flush=True)
    except OSError:
        discard_pending_output()
