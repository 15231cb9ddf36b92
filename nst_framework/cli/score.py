"""`nst score`: measures how well a result keeps the content and matches the style."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..jobs.input_images import read_images
from ..quiet_tensorflow import load_backend
from ..settings.option import TEXT, Option, PathKind, Use

IMAGES = "images"
# fmt: off
SCORE_OPTIONS = (
    Option("result", IMAGES, Use.COMMAND, TEXT, positional=True, path=PathKind.FILE,
        help="the image to measure"),
    Option("content", IMAGES, Use.COMMAND, TEXT, path=PathKind.FILE,
        help="its content image; required"),
    Option("style", IMAGES, Use.COMMAND, TEXT, path=PathKind.FILE,
        help="its style image; required"),
)
# fmt: on


def print_score(typed: Mapping[str, Any]) -> int:
    """Prints one line for each metric, and returns the exit code 0."""
    names = [option.name for option in SCORE_OPTIONS]
    missing = [name for name in names if name not in typed]
    if missing:
        flags = {option.name: option.flag for option in SCORE_OPTIONS}
        raise ValueError(
            f"nst score needs {', '.join(flags[name] for name in missing)}. Write nst score RESULT "
            "--content IMAGE --style IMAGE."
        )
    read_images({name: typed[name] for name in names})
    load_backend()
    from ..metrics import score

    numbers = score(typed["result"], typed["content"], typed["style"])
    texts = {name: f"{number:.4f}" for name, number in numbers.items()}
    width = max(map(len, texts))
    digits = max(map(len, texts.values()))
    for name, text in texts.items():
        print(f"{name:<{width}}  {text:>{digits}}")
    return 0
