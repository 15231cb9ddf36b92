"""Finds the images in a folder or matching a pattern, in natural order."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import READ_EXTENSIONS

SIDECAR_EXTENSIONS: tuple[str, ...] = (".csv", ".db", ".ffconcat", ".ini", ".json", ".md", ".npz")
SIDECAR_EXTENSIONS += (".toml", ".txt", ".xmp", ".zip")
"""Extensions of files that often accompany images and are ignored."""

_NUMBER = re.compile(r"%0?\d*d")
"""A printf-style number in a file name, as in `frame_%04d.png`."""


def find_images(
    source: str | os.PathLike[str], also: Sequence[str] = ()
) -> tuple[list[Path], list[Path]]:
    """Finds the images of a folder, a pattern or a single path, and files in other formats.

    In a pattern, `*` matches any characters, `?` matches one, and `%d` or `%04d` matches a number.
    Brackets match literally if such files exist; otherwise they match one of the characters
    between them. Subfolders are skipped, and so are names that begin with a dot, unless the
    pattern begins with one: macOS stores metadata of `name.jpg` in `._name.jpg`, which is not an
    image. Files with the extensions in `also` count as images.

    Example:
    ```python
    find_images("frames/*.png")  # ([Path("frames/2.png"), Path("frames/10.png")], [])
    ```
    """
    path = Path(source)
    if path.is_file():
        found = [path]
    else:
        found = _visible(path.iterdir(), path) if path.is_dir() else _matching(path)
    # Broken links are included, so that they are reported instead of silently skipped.
    files = sorted((each for each in found if not each.is_dir()), key=_natural_order)
    wanted = (*READ_EXTENSIONS, *also)
    images = [each for each in files if each.suffix.lower() in wanted]
    known = (*wanted, *SIDECAR_EXTENSIONS)
    return images, [each for each in files if each.suffix.lower() not in known]


def count_formats(files: Sequence[Path]) -> str:
    """Counts files by extension: `2 .heic, 1 .mov`."""
    counts = Counter(path.suffix.lower() or "without an extension" for path in files)
    return ", ".join(f"{number} {extension}" for extension, number in sorted(counts.items()))


def describe_skipped(source: str | os.PathLike[str], files: Sequence[Path]) -> str:
    """A sentence about files in other formats; empty if there are none."""
    if not files:
        return ""
    counted = "1 file" if len(files) == 1 else f"{len(files)} files"
    return (
        f"skipped {counted} with unsupported formats in {os.fspath(source)!r}: "
        f"{count_formats(files)}. Convert images to PNG or JPEG to include them."
    )


def _matching(pattern: Path) -> list[Path]:
    if _NUMBER.search(pattern.name):
        if not pattern.parent.is_dir():
            return []
        name = re.compile(r"\d+".join(map(re.escape, _NUMBER.split(pattern.name))))
        return [each for each in pattern.parent.iterdir() if name.fullmatch(each.name)]
    if pattern.parent.is_dir():
        folder, patterns = pattern.parent, [pattern.name.replace("[", "[[]"), pattern.name]
    else:
        folder = Path(pattern.anchor)
        patterns = [str(pattern.relative_to(folder))]
    for each in patterns:
        found = list(folder.glob(each))
        if found:
            return found if pattern.name.startswith(".") else _visible(found, pattern)
    return []


def _visible(paths: Iterable[Path], given: Path) -> list[Path]:
    """Drops paths with hidden parts, unless the user wrote these parts."""
    return [
        path
        for path in paths
        if all(part in given.parts or not part.startswith(".") for part in path.parts)
    ]


def _natural_order(path: Path) -> tuple[list[tuple[int, str]], str]:
    """A sort key that orders numbers by value: frame2 comes before frame10."""
    parts = re.split(r"(\d+)", str(path))
    numbered = [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
    return numbered, str(path)
