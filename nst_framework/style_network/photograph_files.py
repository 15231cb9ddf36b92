"""Finds and reads photographs for training, without loading Keras."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..images import READ_EXTENSIONS
from ..images.folder import describe_skipped, find_images
from ..images.reading import image_layout, read_image
from ..quiet_tensorflow import captured_stderr

PhotographSource = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

UNREADABLE = (OSError, ValueError, MemoryError)
"""Errors that reading a broken file can raise."""


def find_photographs(source: PhotographSource, least: int = 1) -> list[Path]:
    """The photographs of a folder, a pattern or a list; at least `least` are required."""
    if isinstance(source, str | os.PathLike):
        if not any(mark in os.fspath(source) for mark in "*?%[") and not Path(source).exists():
            raise FileNotFoundError(
                f"Expected a folder of photographs. Received: {os.fspath(source)!r}, which does "
                "not exist. Correct the path."
            )
        paths, others = find_images(source)
        skipped = describe_skipped(source, others)
    else:
        paths, skipped = [Path(each) for each in source], ""
    if len(paths) < least:
        count = "at least one photograph" if least == 1 else f"at least {least} photographs"
        shown = repr(os.fspath(source)) if isinstance(source, str | os.PathLike) else "a list"
        also = f" {skipped[0].upper()}{skipped[1:]}" if skipped else ""
        raise ValueError(
            f"Expected a folder with {count}. Received: {shown}, which has {len(paths) or 'none'}. "
            f"File names must end in one of {', '.join(READ_EXTENSIONS)}.{also}"
        )
    return paths


def check_readable(paths: Sequence[Path]) -> None:
    """Raises a `ValueError` if no photograph can be read; stops at the first that can."""
    first = ""
    with captured_stderr([]):
        for path in paths:
            try:
                read_image(path, size=1, name=str(path))
            except UNREADABLE as error:
                first = first or str(error)
            else:
                return
    raise none_readable(len(paths), first)


def none_readable(count: int, first: str) -> ValueError:
    """The error for `count` photographs, none of them readable; `first` is the first error."""
    return ValueError(
        f"Expected readable photographs. Received: {count} files, none of which can be read. The "
        f"first error: {first}"
    )


def read_photograph(path: Path, size: int, scale: float) -> tuple[np.ndarray, bool]:
    """A photograph, uint8, and whether it was enlarged; its shorter side is `size * scale`.

    A smaller photograph keeps its size, but is enlarged to at least `size`.
    """
    layout = image_layout(path, str(path))
    shorter = min(layout.width, layout.height)
    factor = max(size, min(shorter, round(size * scale))) / shorter
    shape = round(layout.height * factor), round(layout.width * factor)
    return read_image(path, name=str(path), shape=shape), shorter < size
