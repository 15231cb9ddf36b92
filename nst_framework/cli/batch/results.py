"""What a batch leaves beside its pictures: a table of results, and a sheet of all pictures."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...batch import KEPT, Result
from ...images.reading import read_image
from ...saving import atomic_write
from .contact_sheet import contact_sheet

TABLE = "results.csv"
SHEET = "contact_sheet.jpg"

FIRST_COLUMNS = ("content", "style", "output", "outcome", "seconds", "reason")

THUMBNAIL = 200
"""Pixels of a picture's longer side in the sheet."""

MOST_THUMBNAILS = 600
"""More than these would take gigabytes of memory; the sheet has the first rows."""


def write_table(path: Path, results: Sequence[Result], outputs: Sequence[str]) -> None:
    """Writes a row for each result; the numbers of a picture that was kept are those from before.

    Args:
        path: Where it belongs.
        results: The results.
        outputs: The outputs of all jobs. Those without a result keep their row from before.
    """
    before = _read_rows(path)
    ended = {result.job["output"] for result in results}
    rows = [before[output] for output in outputs if output in before and output not in ended]
    for result in results:
        job = result.job
        row = {
            "content": job["content"],
            "style": ";".join(job["style"]),
            "output": job["output"],
            "outcome": result.outcome,
            "reason": result.reason,
        }
        if result.outcome == KEPT:
            rows.append({**before.get(job["output"], {}), **row})
        else:
            numbers = {name: f"{each:.6g}" for name, each in result.numbers.items()}
            rows.append({**row, "seconds": f"{result.seconds:.1f}", **numbers})
    columns = list(dict.fromkeys([*FIRST_COLUMNS, *(name for row in rows for name in row)]))
    with atomic_write(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def write_sheet(path: Path, results: Sequence[Result]) -> None:
    """Draws all pictures: contents down, styles across.

    Args:
        path: Where it belongs.
        results: The results; those without a picture leave a gap.
    """
    styles = list(dict.fromkeys(result.job["style"][0] for result in results))
    contents = list(dict.fromkeys(result.job["content"] for result in results))
    contents = contents[: max(1, MOST_THUMBNAILS // (len(styles) + 1))]
    names = [f"{number}. {Path(style).stem}" for number, style in enumerate(styles, start=1)]
    rows = [{name: _thumbnail(style) for name, style in zip(names, styles, strict=True)}]
    rows += [{"": _thumbnail(content)} for content in contents]
    for result in results:
        job = result.job
        if job["content"] in contents and Path(job["output"]).is_file():
            name = names[styles.index(job["style"][0])]
            rows[1 + contents.index(job["content"])][name] = _thumbnail(job["output"])
    with atomic_write(path) as partial:
        figure = contact_sheet(rows, ["", *names], inches=1.6)
        figure.savefig(partial, format="jpeg", pil_kwargs={"quality": 88})


def _thumbnail(path: str) -> np.ndarray:
    try:
        return read_image(path, THUMBNAIL)
    except (OSError, ValueError):
        return np.full((THUMBNAIL, THUMBNAIL, 3), 255, np.uint8)


def _read_rows(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a table that is there already, by output."""
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}
    return {row["output"]: row for row in rows if row.get("output")}
