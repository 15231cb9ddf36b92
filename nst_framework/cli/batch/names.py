"""The names of the pictures of a batch that have no output of their own."""

from __future__ import annotations

import itertools
import sys
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...jobs.result_name import shortened
from ...jobs.sidecar import relative_path, sidecar_path
from ...settings.layers import Settings
from ...settings.paths import map_paths

_UNNUMBERED = 4
"""Number of candidate names for a picture before a number is added."""


def name_outputs(jobs: Sequence[Settings], folder: Path) -> list[Settings]:
    """Gives each job without an output one of its own: `CONTENT-STYLE.png` in the folder.

    If several jobs would get the same name, because of files such as IMG_1.jpg and IMG_1.png, the
    first gets it, and the others include the extensions of their images: `IMG_1.png-oil.png`. A
    picture that exists already keeps its name even if files are added later. Names that differ only
    in case or in the encoding of accents count as equal, so that names do not depend on the file
    system. Only jobs with the same images get the same name.
    """
    taken = {name_key(Path(job["output"])) for job in jobs if "output" in job}
    names: dict[tuple[str, ...], Path] = {}
    unnamed = {_images(job): job for job in jobs if "output" not in job}
    for images, job in unnamed.items():
        for name in itertools.islice(_candidates(job), _UNNUMBERED):
            path = folder / name
            if name_key(path) not in taken and _was_made_from(path, images):
                names[images] = path
                taken.add(name_key(path))
                break
    for images, job in unnamed.items():
        if images not in names:
            paths = (folder / name for name in _candidates(job))
            names[images] = next(path for path in paths if name_key(path) not in taken)
            taken.add(name_key(names[images]))
    return [job if "output" in job else {**job, "output": str(names[_images(job)])} for job in jobs]


def check_outputs_differ(jobs: Sequence[Mapping[str, Any]]) -> None:
    """Raises a `ValueError` if two jobs write the same file."""
    folds = sys.platform in ("darwin", "win32")
    seen: dict[str, int] = {}
    for number, job in enumerate(jobs, start=1):
        path = Path(job["output"]).absolute()
        key = name_key(path) if folds else str(path)
        if key in seen:
            raise ValueError(
                f"Expected each job to have its own output. Received: {job['output']!r} for jobs "
                f"{seen[key]} and {number}. Rename one of them."
            )
        seen[key] = number


def name_key(path: Path) -> str:
    """A path, normalized so that case and the encoding of accents make no difference."""
    return unicodedata.normalize("NFC", str(path.absolute())).casefold()


def _candidates(job: Settings) -> Iterator[str]:
    content, style = Path(job["content"]), Path(job["style"][0])
    for first, second in (
        (content.stem, style.stem),
        (content.name, style.stem),
        (content.stem, style.name),
        (content.name, style.name),
    ):
        yield f"{shortened(first)}-{shortened(second)}.png"
    for number in itertools.count(2):
        yield f"{shortened(content.name)}-{shortened(style.name)}-{number}.png"


def _images(job: Settings) -> tuple[str, ...]:
    return job["content"], *job["style"]


def _was_made_from(path: Path, images: Sequence[str]) -> bool:
    """Whether the sidecar of a picture names these images."""
    try:
        record = tomllib.loads(sidecar_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    content, *styles = images
    here = map_paths(
        {"content": content, "style": styles}, lambda each: relative_path(Path(each), path.parent)
    )
    return {name: record.get(name) for name in here} == here
