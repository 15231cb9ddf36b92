"""The table of results and the contact sheet of a batch."""

from __future__ import annotations

import contextlib
import csv
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ...batch import KEPT, Result
from ...images.reading import read_image
from ...paintings import is_learned
from ...saving import atomic_write
from ...style_network.archive import read_thumbnail
from ...text import one_line

TABLE = "results.csv"
SHEET = "contact_sheet.jpg"

FIRST_COLUMNS = ("content", "style", "output", "outcome", "seconds", "reason")

THUMBNAIL = 200
"""The longer side of a picture in the sheet, in pixels."""

MAX_TITLE = 13
"""Maximum length of a style's name above its column, in characters."""

MAX_THUMBNAILS = 600
"""More would take gigabytes of memory; the sheet then shows only the first rows."""


def write_table(path: Path, results: Sequence[Result], outputs: Sequence[str]) -> None:
    """Writes a row for each result; pictures without a new result keep their earlier row."""
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
    with (
        atomic_write(path) as partial,
        partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def write_sheet(path: Path, results: Sequence[Result]) -> None:
    """Draws all pictures in a grid: a row for each content, a column for each style."""
    styles = list(dict.fromkeys(result.job["style"][0] for result in results))
    contents = list(dict.fromkeys(result.job["content"] for result in results))
    contents = contents[: max(1, MAX_THUMBNAILS // (len(styles) + 1))]
    names = [f"{number}. {_title(style)}" for number, style in enumerate(styles, start=1)]
    rows = [{name: _thumbnail(style) for name, style in zip(names, styles, strict=True)}]
    rows += [{"": _thumbnail(content)} for content in contents]
    for result in results:
        job = result.job
        if job["content"] in contents and Path(job["output"]).is_file():
            name = names[styles.index(job["style"][0])]
            rows[1 + contents.index(job["content"])][name] = _thumbnail(job["output"])
    with atomic_write(path) as partial, warnings.catch_warnings():
        # Characters that the font lacks are drawn as boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure = contact_sheet(rows, ["", *names], inches=1.6)
        figure.savefig(partial, format="jpeg", pil_kwargs={"quality": 88})


def contact_sheet(
    rows: Sequence[Mapping[str, np.ndarray]], columns: Sequence[str], inches: float = 3.2
) -> Figure:
    """Draws pictures, arrays `(height, width, 3)`, uint8, in rows and named columns.

    Missing pictures leave gaps. Each column is `inches` wide, at 160 pixels per inch.
    """
    heights = [max(image.shape[0] / image.shape[1] for image in row.values()) for row in rows]
    figure = Figure(
        figsize=(inches * len(columns), inches * sum(heights) + 0.4), dpi=160, layout="constrained"
    )
    axes = figure.subplots(
        len(rows), len(columns), squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for row, images in enumerate(rows):
        for column, name in enumerate(columns):
            axis = axes[row, column]
            axis.set(xticks=[], yticks=[])
            axis.axis("off")
            if row == 0:
                axis.set_title(name, parse_math=False)
            if name in images:
                axis.imshow(images[name], interpolation="antialiased")
    return figure


def _title(path: str) -> str:
    name = one_line(Path(path).stem)
    return name if len(name) <= MAX_TITLE else f"{name[: MAX_TITLE - 1]}…"


def _thumbnail(path: str) -> np.ndarray:
    """A small copy of a picture, or of the image of a learned painting; white if unreadable."""
    with contextlib.suppress(OSError, ValueError):
        picture = read_thumbnail(path) if is_learned(path) else path
        if picture is not None:
            return read_image(picture, THUMBNAIL)
    return np.full((THUMBNAIL, THUMBNAIL, 3), 255, np.uint8)


def _read_rows(path: Path) -> dict[str, dict[str, str]]:
    """The rows of an existing table, by output."""
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}
    return {row["output"]: row for row in rows if row.get("output")}
