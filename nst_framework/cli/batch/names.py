"""The names of the pictures of a batch, for which none were given."""

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

_WITHOUT_NUMBER = 4
"""How many names there are for a picture before a number distinguishes it."""


def name_outputs(jobs: Sequence[Settings], folder: Path) -> list[Settings]:
    """Gives each job without an output one of its own: `CONTENT-STYLE.png` in the folder.

    Where several jobs would have that name, because of files such as IMG_1.jpg and IMG_1.png, the
    first has it, and the others have the extensions of their images in their names, too:
    `IMG_1.png-oil.png`. A picture that is there already keeps its name, whatever files are added.
    Names that differ in nothing but case, or in how accents are encoded, count as equal, so that
    they are the same with every file system. Only jobs with the same images get the same name.
    """
    taken = {name_key(Path(job["output"])) for job in jobs if "output" in job}
    names: dict[tuple[str, ...], Path] = {}
    unnamed = {_images(job): job for job in jobs if "output" not in job}
    for images, job in unnamed.items():
        for name in itertools.islice(_candidates(job), _WITHOUT_NUMBER):
            path = folder / name
            if name_key(path) not in taken and _is_made_of(path, images):
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
    """Raises a `ValueError` if two jobs write the same picture."""
    folds = sys.platform in ("darwin", "win32")
    seen: dict[str, int] = {}
    for number, job in enumerate(jobs, start=1):
        path = Path(job["output"]).absolute()
        key = name_key(path) if folds else str(path)
        if key in seen:
            raise ValueError(
                f"Expected each job to have an output of its own. Received: {job['output']!r} in "
                f"jobs {seen[key]} and {number}. Rename one of them."
            )
        seen[key] = number


def name_key(path: Path) -> str:
    """A path as file systems compare it that know neither case nor encodings of accents."""
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


def _is_made_of(path: Path, images: Sequence[str]) -> bool:
    """Whether there is a picture of these images, by its sidecar."""
    try:
        record = tomllib.loads(sidecar_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    content, *styles = images
    here = map_paths(
        {"content": content, "style": styles}, lambda each: relative_path(Path(each), path.parent)
    )
    return {name: record.get(name) for name in here} == here
