"""Reads and writes the list of frame durations in a folder of images."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from ..saving import atomic_write

FRAME_LIST = "frames.ffconcat"
"""File name of the list. FFmpeg reads it: `ffmpeg -safe 0 -i frames.ffconcat`."""

HEADING = "ffconcat version 1.0"


def write_frame_list(folder: Path, names: Sequence[str], times: Sequence[Fraction]) -> None:
    """Writes the duration of each frame; the last of `times` is the end of the last frame.

    Source: "concat" in FFmpeg's Formats Documentation.
    """
    lines = [HEADING]
    for name, (begin, end) in zip(names, itertools.pairwise(times), strict=True):
        # Without this option, the time unit of an image is 1/25 s.
        lines += [f"file {name}", "option framerate 1000000", f"duration {_decimal(begin, end)}"]
    # FFmpeg ignores the duration of the last image, so list it twice.
    lines += [f"file {names[-1]}", "option framerate 1000000"]
    with atomic_write(folder / FRAME_LIST) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_frame_list(folder: Path) -> dict[str, Fraction]:
    """Reads the duration of each image in seconds, by file name; empty if there is no list."""
    path = folder / FRAME_LIST
    if not path.is_file():
        return {}
    durations: dict[str, Fraction] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "file":
            name = rest.strip().strip("'")
        elif word == "duration":
            durations.setdefault(name, _duration(rest, path))
    return durations


def listed_duration(durations: Mapping[str, Fraction], path: Path) -> Fraction:
    """Looks up the duration of an image, in seconds."""
    if path.name not in durations:
        raise ValueError(
            f"Expected {FRAME_LIST} to list the duration of each image in its folder. Received: "
            f"{str(path)!r}, which is not in it. Delete the list to use a constant rate."
        )
    return durations[path.name]


def _decimal(begin: Fraction, end: Fraction) -> str:
    """Formats a duration so that the rounding of times to microseconds does not add up."""
    microseconds = round(end * 1_000_000) - round(begin * 1_000_000)
    return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


def _duration(text: str, path: Path) -> Fraction:
    try:
        duration = Fraction(text.strip())
    except ValueError:
        duration = Fraction(0)
    if duration <= 0:
        raise ValueError(
            f"Expected durations in seconds in {str(path)!r}. Received: {text.strip()!r}. Delete "
            "the list to use a constant rate."
        )
    return duration
