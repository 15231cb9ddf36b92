"""The list of frames that says how long each image in a folder is shown."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from ..saving import atomic_write

FRAME_LIST = "frames.ffconcat"
"""Its name in the folder. FFmpeg reads it: `ffmpeg -safe 0 -i frames.ffconcat`."""

HEADING = "ffconcat version 1.0"


def write_frame_list(folder: Path, names: Sequence[str], times: Sequence[Fraction]) -> None:
    """Writes how long each frame is shown; `times` has one more, when the last frame ends.

    Source: "concat", in the documentation of FFmpeg's formats.
    """
    lines = [HEADING]
    for name, (begin, end) in zip(names, itertools.pairwise(times), strict=True):
        # An image has a 25th of a second as its unit of time unless another one is asked for.
        lines += [f"file {name}", "option framerate 1000000", f"duration {_decimal(begin, end)}"]
    # FFmpeg takes no notice of the duration of the last image.
    lines += [f"file {names[-1]}", "option framerate 1000000"]
    with atomic_write(folder / FRAME_LIST) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_frame_list(folder: Path) -> dict[str, Fraction]:
    """How long each image of a folder is shown, in seconds, by name; empty if there is no list."""
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
    """How long an image is shown."""
    if path.name not in durations:
        raise ValueError(
            f"Expected {FRAME_LIST} to say how long each image of its folder is shown. Received: "
            f"{str(path)!r}, which is not in it. Remove the list for an even rate."
        )
    return durations[path.name]


def _decimal(begin: Fraction, end: Fraction) -> str:
    """A duration in whole microseconds, so that rounding does not add up."""
    microseconds = round(end * 1_000_000) - round(begin * 1_000_000)
    return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


def _duration(text: str, path: Path) -> Fraction:
    try:
        duration = Fraction(text.strip())
    except ValueError:
        duration = Fraction(0)
    if duration <= 0:
        raise ValueError(
            f"Expected durations in seconds in {str(path)!r}. Received: {text.strip()!r}. Remove "
            "the list for an even rate."
        )
    return duration
