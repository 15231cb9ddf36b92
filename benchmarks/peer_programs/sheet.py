"""The table and the sheet of `benchmarks/peers.py`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from .programs import PEERS

if TYPE_CHECKING:
    from peers import Result

    from .programs import Task

    Run = tuple[str, Task, list[tuple[Result, float | None]]]

LINES = 3
MARGIN = 6


def write(folder: Path, runs: Sequence[Run], keys: Sequence[str]) -> None:
    """Writes `table.md` and `sheet.jpg` of all runs, and prints the table."""
    text = table(runs, keys)
    (folder / "table.md").write_text(text, encoding="utf-8")
    print(text)
    sheet(runs).save(folder / "sheet.jpg", quality=85)
    print(f"{folder / 'table.md'} and sheet.jpg")


def table(runs: Sequence[Run], keys: Sequence[str]) -> str:
    """Markdown: a table for each pair and peer, then the machine and the commands."""
    from report import describe_machine

    from nst_framework.metrics import score  # Only after the runs; see `peers`.

    names = ["", "wall s", "CPU s", "peak GB", "its loss"]
    names += [key.replace("_", " ") for key in keys]
    lines, commands = [], []
    for name, task, results in runs:
        lines += [f"{_title(name, task)} ({PEERS[name].steps}):", "", _cells(names)]
        lines.append(_cells(["---"] * len(names)))
        for result, loss in results:
            scores = score(result.picture, task.content, task.style, metrics=keys)
            numbers = [f"{result.wall:.0f}", f"{result.processor:.0f}", f"{result.peak_gb:.2f}"]
            numbers += ["" if loss is None else f"{loss:.4g}"]
            numbers += [f"{scores[key]:.3g}" for key in keys]
            lines.append(_cells([result.label, *numbers]))
            commands += [f"# {_title(name, task)}: {result.label}", _short(result.command)]
        lines += ["", f"Not as published: {PEERS[name].differs}.", ""]
    return "\n".join([*lines, str(describe_machine()), "", "```", *commands, "```", ""])


def _cells(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _short(command: Sequence[str]) -> str:
    return shlex.join(Path(word).name if Path(word).is_absolute() else word for word in command)


def sheet(runs: Sequence[Run]) -> Image.Image:
    """One row per pair and peer: content, style and every result, with its cost."""
    rows = [_row(task, results) for _, task, results in runs]
    size = (max(row.width for row in rows), sum(row.height for row in rows))
    whole = Image.new("RGB", size, "white")
    top = 0
    for row in rows:
        whole.paste(row, (0, top))
        top += row.height
    return whole


def _row(task: Task, results: Sequence[tuple[Result, float | None]]) -> Image.Image:
    with Image.open(task.style) as style:
        height = max(task.height, style.height)
    tiles = [_tile(task.content, ["content"], task.size, height)]
    tiles.append(_tile(task.style, ["style"], task.size, height))
    for result, _ in results:
        took = f"{result.processor:.0f} CPU s, {result.peak_gb:.1f} GB"
        captions = [*result.label.split(", ", 1), took]
        tiles.append(_tile(result.picture, captions, task.size, height))
    row = Image.new("RGB", (sum(tile.width for tile in tiles), tiles[0].height))
    for index, tile in enumerate(tiles):
        row.paste(tile, (index * tile.width, 0))
    return row


def _tile(path: Path, captions: Sequence[str], width: int, height: int) -> Image.Image:
    font = ImageFont.load_default(max(10, width // 20))
    line = round(font.size * 1.3)
    tile = Image.new("RGB", (width + MARGIN, height + MARGIN + LINES * line), "white")
    draw = ImageDraw.Draw(tile)
    for number, caption in enumerate(captions):
        draw.text((2, number * line), caption, "black", font)
    with Image.open(path) as image:
        tile.paste(image, (0, LINES * line))
    return tile


def _title(name: str, task: Task) -> str:
    return f"{name}, {task.content.parents[1].name}, {task.width} x {task.height} pixels"
