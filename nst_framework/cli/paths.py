"""The settings that name files."""

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
"""The settings that are paths, each with the words that it accepts instead of a path."""

WRITTEN = ("output", "checkpoint")
REPEATED = ("loss", "callback", "stage")
"""The settings that may be given several times."""
CODE = ("network", "loss", "callback")
"""The settings that start with a path if they name a class of the user's own."""


def map_paths(settings: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Replaces the paths in settings.

    Args:
        settings: Settings by name: strings, lists of strings, or others.
        change: Maps a path to its replacement.

    Returns:
        All settings, with the new paths.
    """

    def changed(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [changed(name, each) for each in value]
        if name in CODE:
            return change_path(value, change)
        if name in WORDS and value not in WORDS[name]:
            return change(value)
        return value

    return {name: changed(name, value) for name, value in settings.items()}


def code_paths(settings: Mapping[str, Any]) -> list[str]:
    """The files of code that settings name."""
    return _paths({name: value for name, value in settings.items() if name in CODE})


def input_paths(settings: Mapping[str, Any]) -> list[str]:
    """The files that a run with these settings reads."""
    found = _paths({name: value for name, value in settings.items() if name not in WRITTEN})
    if settings["initial_image"] == "last":
        found.append(settings["output"])
    return found


def _paths(settings: Mapping[str, Any]) -> list[str]:
    found: list[str] = []

    def keep(path: str) -> str:
        found.append(path)
        return path

    map_paths(settings, keep)
    return found
