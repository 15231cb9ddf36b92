"""Which settings name files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .user_code import change_path

WORDS: dict[str, tuple[str, ...]] = {
    "content": (),
    "style": (),
    "style_masks": ("none",),
    "content_masks": ("none",),
    "initial_image": ("content", "style", "noise", "last"),
    "weights": ("bundled", "imagenet"),
    "output": (),
    "checkpoint": (),
}
"""The settings that are paths, with the words that they may be instead."""

WRITTEN = ("output", "checkpoint")
CODE = ("loss", "callback")
"""The settings that begin with a path if they name a class of the user's own."""


def change_paths(values: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Puts other paths in place of those among settings.

    Args:
        values: Settings by name: texts, lists of texts, or others.
        change: From a path to another.

    Returns:
        All settings.
    """

    def changed(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [changed(name, each) for each in value]
        if name in CODE:
            return change_path(value, change)
        if name in WORDS and value not in WORDS[name]:
            return change(value)
        return value

    return {name: changed(name, value) for name, value in values.items()}


def input_paths(values: Mapping[str, Any]) -> list[str]:
    """The files that a run with these settings reads."""
    found: list[str] = []

    def keep(path: str) -> str:
        found.append(path)
        return path

    change_paths({name: value for name, value in values.items() if name not in WRITTEN}, keep)
    if values["initial_image"] == "last":
        found.append(values["output"])
    return found
