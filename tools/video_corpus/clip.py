"""A clip of the corpus: how it is made, and what is right about reading it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Clip:
    """A clip, and what reading it has to give.

    Attributes:
        name: Name of the file; its extension chooses the container.
        stands_for: In a line, the kind of files of which it is an example.
        make: Writes the clip to a path.
        check: Reads the clip as the package does; raises an `AssertionError` if that is wrong.
        needs_ffmpeg: Whether `make` or `check` calls the programs `ffmpeg` and `ffprobe`.
    """

    name: str
    stands_for: str
    make: Callable[[Path], None]
    check: Callable[[Path], None]
    needs_ffmpeg: bool = False


def has_ffmpeg() -> bool:
    """Whether the programs are there."""
    return bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))


def ffmpeg(*arguments: str | Path) -> None:
    """Runs ffmpeg; arguments as on its command line, without its name."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def ffprobe(*arguments: str | Path) -> str:
    """What ffprobe prints."""
    command = ["ffprobe", "-v", "error", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
