"""A clip of the corpus: how to make it and how to check that it is read correctly."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Clip:
    """A clip and its check.

    Attributes:
        name: Name of the file. Its extension selects the container.
        stands_for: The kind of files that the clip represents, in one line.
        make: Writes the clip to a path.
        check: Reads the clip as the package does; raises an `AssertionError` if it is wrong.
        needs_ffmpeg: Whether `make` or `check` calls the programs `ffmpeg` and `ffprobe`.
    """

    name: str
    stands_for: str
    make: Callable[[Path], None]
    check: Callable[[Path], None]
    needs_ffmpeg: bool = False


def has_ffmpeg() -> bool:
    """Whether the programs `ffmpeg` and `ffprobe` are installed."""
    return bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))


def ffmpeg(*arguments: str | Path) -> None:
    """Runs ffmpeg with command-line arguments."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def ffprobe(*arguments: str | Path) -> str:
    """The output of ffprobe."""
    command = ["ffprobe", "-v", "error", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
