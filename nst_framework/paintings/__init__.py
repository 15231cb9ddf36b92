"""Paintings that come with the package, learned by one network: `brush_strokes` and others."""

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
    """The names of the paintings, in the order in which the network has them."""
    if not _FILE.is_file():
        return ()
    with zipfile.ZipFile(_FILE) as archive:
        return tuple(json.loads(archive.read("painting.json"))["names"])


def find_painting(source: str | os.PathLike[str]) -> Path | None:
    """The file of a painting of the package, by its name; `None` for anything else.

    Such a name is never a path: `./brush_strokes` is a file.
    """
    return _FILE if os.fspath(source) in painting_names() else None


def is_learned(source: str | os.PathLike[str]) -> bool:
    """Whether a style is a learned painting, and not an image: by its extension or its name."""
    is_file = Path(source).suffix.lower() == EXTENSION
    return is_file or find_painting(source) is not None
