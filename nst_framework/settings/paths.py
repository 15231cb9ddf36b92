"""The paths in settings: the files that a run reads, writes and imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .classes import change_path
from .option import PathKind
from .table import SETTINGS


def map_paths(settings: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """All settings, with `change` applied to each path."""

    def changed(name: str, value: Any) -> Any:
        option = SETTINGS.get(name)
        if isinstance(value, list):
            return [changed(name, each) for each in value]
        if option is None or option.path is PathKind.NONE or value in option.words:
            return value
        if option.path is PathKind.CODE:
            return change_path(value, change)
        path = change(value)
        # Tells a file named like one of the words from the word.
        return f"./{path}" if path in option.words else path

    return {name: changed(name, value) for name, value in settings.items()}


def from_home(path: str) -> str:
    """Replaces a leading `~/` by the home folder, as shells do at the start of a word."""
    return str(Path(path).expanduser()) if path.startswith("~/") else path


def code_paths(settings: Mapping[str, Any]) -> list[str]:
    """The Python files that settings name."""
    return _paths(settings, PathKind.CODE)


def input_paths(settings: Mapping[str, Any]) -> list[str]:
    """The files that a run with these settings reads, including code."""
    found = _paths(settings, PathKind.READ, PathKind.CODE)
    if settings.get("initial_image") == "last":
        found.append(settings["output"])
    return found


def output_paths(settings: Mapping[str, Any]) -> dict[str, str]:
    """The files that a run with these settings writes, by the names of their settings."""
    names = [name for name, option in SETTINGS.items() if option.path is PathKind.WRITTEN]
    return {name: settings[name] for name in names if name in settings}


def _paths(settings: Mapping[str, Any], *kinds: PathKind) -> list[str]:
    found: list[str] = []

    def keep(path: str) -> str:
        found.append(path)
        return path

    wanted = {name for name, option in SETTINGS.items() if option.path in kinds}
    map_paths({name: value for name, value in settings.items() if name in wanted}, keep)
    return found
