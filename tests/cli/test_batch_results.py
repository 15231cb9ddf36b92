"""The table of results and the contact sheet, with unusual file names."""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path

from nst_framework import read_image
from nst_framework.batch import FAILED, MADE, Result
from nst_framework.cli.batch.results import _read_rows, write_sheet, write_table


def test_names_that_are_not_unicode_or_look_like_math(folder: Path) -> None:
    names = ["$\\frac$.png", "\u732b.png", "two\nlines.png", "y" * 200 + ".png"]
    for name in names:
        shutil.copy("style.png", name)
    not_unicode = os.fsdecode(b"\xff.png")
    results = [
        Result({"content": not_unicode, "style": [name], "output": f"{number}.png"}, FAILED)
        for number, name in enumerate(names)
    ]
    results.append(Result({"content": "content.png", "style": [names[0]], "output": "o"}, MADE))
    write_table(Path("results.csv"), results, [result.job["output"] for result in results])
    assert [row["content"] for row in _read_rows(Path("results.csv")).values()] == (
        ["\\udcff.png"] * 4 + ["content.png"]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_sheet(Path("sheet.jpg"), results)
    # Long names do not change the five columns of 256 pixels.
    assert read_image("sheet.jpg").shape[1] == 5 * 256
