"""The images of a folder, or of a pattern of names, in natural order."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import READ_EXTENSIONS

BESIDE_PICTURES: tuple[str, ...] = (".csv", ".db", ".ffconcat", ".ini", ".json", ".md", ".npz")
BESIDE_PICTURES += (".toml", ".txt", ".xmp", ".zip")
"""Extensions of files that are expected beside pictures, and are none themselves."""

_NUMBER = re.compile(r"%0?\d*d")
"""How other programs write numbers in names: frame_%04d.png."""


def find_images(
    source: str | os.PathLike[str], also: Sequence[str] = ()
) -> tuple[list[Path], list[Path]]:
    """The images of a folder or a pattern, or one image, and the files that are in other formats.

    In a pattern, `*` and `?` stand for any letters, and `%d` and `%04d` for a number. Brackets
    stand for themselves if files are named so, and otherwise for one of the letters between them.
    Names that begin with a dot are left out, unless the pattern begins with one: macOS keeps what
    belongs to `name.jpg` in `._name.jpg`, which is no image. Subfolders are left out, too. Files
    with the extensions in `also` are found as images are.

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
    # A link that leads nowhere is found, so that it is reported and not passed over.
    files = sorted((each for each in found if not each.is_dir()), key=_natural_order)
    wanted = (*READ_EXTENSIONS, *also)
    images = [each for each in files if each.suffix.lower() in wanted]
    known = (*wanted, *BESIDE_PICTURES)
    return images, [each for each in files if each.suffix.lower() not in known]


def count_formats(files: Sequence[Path]) -> str:
    """How many files there are of each extension: `2 .heic, 1 .mov`."""
    counts = Counter(path.suffix.lower() or "without an extension" for path in files)
    return ", ".join(f"{number} {extension}" for extension, number in sorted(counts.items()))


def describe_skipped(source: str | os.PathLike[str], files: Sequence[Path]) -> str:
    """A sentence about the files that are in other formats; empty if there are none."""
    if not files:
        return ""
    what = "1 file" if len(files) == 1 else f"{len(files)} files"
    return (
        f"skipped {what} in {os.fspath(source)!r}, in formats that are not read as images: "
        f"{count_formats(files)}. Convert pictures to PNG or JPEG to include them."
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
    """The paths without parts that begin with a dot, unless the user wrote these."""
    return [
        path
        for path in paths
        if all(part in given.parts or not part.startswith(".") for part in path.parts)
    ]


def _natural_order(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Sorts numbers by their value: frame2 comes before frame10."""
    parts = re.split(r"(\d+)", str(path))
    numbered = [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
    return numbered, str(path)
