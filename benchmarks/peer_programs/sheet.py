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

COLUMNS = 4
MARGIN = 6


def write(folder: Path, runs: Sequence[Run], keys: Sequence[str]) -> None:
    """Writes `table.md` and `sheet.jpg` of all runs, and prints the table."""
    text = table(runs, keys)
    (folder / "table.md").write_text(text, encoding="utf-8")
    print(text)
    sheet(runs).save(folder / "sheet.jpg", quality=85)
    print(f"{folder / 'table.md'} and sheet.jpg")


def table(runs: Sequence[Run], keys: Sequence[str]) -> str:
    """Markdown: a table for each pair and peer, and the machine and the commands below."""
    from nst_framework.metrics import score  # After the runs, as `peers` says.

    names = (
        "wall s",
        "processor s",
        "peak GB",
        "its loss",
        *(key.replace("_", " ") for key in keys),
    )
    lines, commands = [], []
    for name, task, results in runs:
        lines += [f"{_title(task)}, {name} ({PEERS[name].steps}):", ""]
        lines += [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
        for result, loss in results:
            scores = score(result.picture, task.content, task.style, metrics=keys)
            numbers = [f"{result.wall:.0f}", f"{result.processor:.0f}", f"{result.peak_gb:.2f}"]
            numbers += ["" if loss is None else f"{loss:.4g}"]
            numbers += [f"{scores[key]:.3g}" for key in keys]
            lines.append(f"| {result.label} | {' | '.join(numbers)} |")
            commands.append(f"{result.picture}: {shlex.join(result.command)}")
        lines += ["", f"Not as published: {PEERS[name].differs}.", ""]
    from report import describe_machine

    return "\n".join([*lines, f"{describe_machine()}", "", "```", *commands, "```", ""])


def sheet(runs: Sequence[Run]) -> Image.Image:
    """Content, style and every picture of each pair and peer, with what each took."""
    blocks = [_block(name, task, results) for name, task, results in runs]
    width = max(block.width for block in blocks)
    whole = Image.new("RGB", (width, sum(block.height for block in blocks)), "white")
    top = 0
    for block in blocks:
        whole.paste(block, (0, top))
        top += block.height
    return whole


def _block(name: str, task: Task, results: Sequence[tuple[Result, float | None]]) -> Image.Image:
    pictures = [(task.content, "content", ""), (task.style, "style", "")]
    for result, _ in results:
        took = f"{result.processor:.0f} processor s, {result.peak_gb:.1f} GB"
        pictures.append((result.picture, result.label.replace("`", ""), took))
    font = ImageFont.load_default(max(11, task.size // 24))
    line = round(font.size * 1.3)
    tile = (task.size + MARGIN, task.size + MARGIN + 2 * line)
    rows = -(-len(pictures) // COLUMNS)
    block = Image.new("RGB", (COLUMNS * tile[0], rows * tile[1]), "white")
    draw = ImageDraw.Draw(block)
    for index, (path, *captions) in enumerate(pictures):
        left, top = (index % COLUMNS) * tile[0], (index // COLUMNS) * tile[1]
        with Image.open(path) as image:
            block.paste(image, (left, top + 2 * line))
        for row, caption in enumerate(captions):
            draw.text((left + 2, top + row * line), caption, "black", font)
    return block


def _title(task: Task) -> str:
    return f"{task.folder.name}, {task.width} x {task.height} pixels"
