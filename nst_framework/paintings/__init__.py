"""The learned paintings of the package, such as `brush_strokes`, all in one network."""

from __future__ import annotations

import functools
import json
import os
import zipfile
from pathlib import Path

EXTENSION = ".keras"

_FILE = Path(__file__).parent / "paintings.keras"


@functools.cache
def painting_names() -> tuple[str, ...]:
    """The names of the paintings, in the order of the network's styles."""
    if not _FILE.is_file():
        return ()
    with zipfile.ZipFile(_FILE) as archive:
        return tuple(json.loads(archive.read("painting.json"))["names"])


def find_painting(source: str | os.PathLike[str]) -> Path | None:
    """The file of a painting of the package, given its name; `None` for anything else.

    Such a name always means the painting; write `./brush_strokes` for a file of that name.
    """
    return _FILE if os.fspath(source) in painting_names() else None


def is_learned(source: str | os.PathLike[str]) -> bool:
    """Whether a style is a learned painting rather than an image, by its extension or name."""
    is_file = Path(source).suffix.lower() == EXTENSION
    return is_file or find_painting(source) is not None
