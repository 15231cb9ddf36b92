"""The jobs of a batch, from a table or from two folders: the settings of each picture."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from ...checks import did_you_mean
from ...settings.layers import Settings
from ...settings.paths import from_home, map_paths
from ...settings.table import OPTIONS, SETTINGS

SEPARATOR = ";"
"""Separates several values in one cell of a table."""

MAX_ROWS = 100_000

COLUMNS = {"preset": next(o for o in OPTIONS if o.name == "preset"), **SETTINGS}
"""The options that may be columns of a table."""


def read_table(path: Path) -> list[Settings]:
    """Reads jobs from a CSV file whose columns are options of `nst transfer`."""
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a table of jobs. Received: {str(path)!r}, which does not exist or is not a "
            "file. Write a CSV file with the columns content, style and output."
        )
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.DictReader(file, strict=True)
            columns = [_setting(name, path) for name in lines.fieldnames or ()]
            rows = [list(row.values()) for row in lines]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"Expected {str(path)!r} to be a CSV file. Received: {error}.") from error
    if not rows or len(rows) > MAX_ROWS:
        raise ValueError(f"Expected 1 to {MAX_ROWS} jobs in {str(path)!r}. Received: {len(rows)}.")
    jobs = []
    for number, row in enumerate(rows, start=1):
        where = f"row {number} of {str(path)!r}"
        job: Settings = {}
        for name, cell in zip(columns, row, strict=False):
            text = (cell or "").strip()
            if text:
                job[name] = COLUMNS[name].read(text.split(SEPARATOR), where)
        jobs.append(_complete(job, where, path.parent))
    return jobs


def all_pairs(contents: Sequence[Path], styles: Sequence[Path]) -> list[Settings]:
    """A job for each pair of content and style."""
    return [
        {"content": str(content), "style": [str(style)]} for content in contents for style in styles
    ]


def _setting(column: str, path: Path) -> str:
    name = column.strip().removeprefix("--").replace("-", "_")
    if name not in COLUMNS:
        hint = did_you_mean(name, COLUMNS, show=str) or f" Choose from: {', '.join(COLUMNS)}."
        raise ValueError(
            f"Expected the columns of {str(path)!r} to be options of nst transfer. Received: "
            f"{column!r}.{hint}"
        )
    return name


def _complete(job: Settings, where: str, folder: Path) -> Settings:
    """The job with paths relative to the current folder instead of the table's."""
    for name in ("content", "style"):
        if name not in job:
            raise ValueError(f"Missing {name} in {where}. Fill in the empty cell.")
    return map_paths(job, lambda each: str(folder / from_home(each)))
