"""What a configuration file may not do unasked: run code, or write outside the current folder."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..presets.class_calls import parse_class_call
from .paths import WRITTEN, code_paths


def foreign_code(settings: Mapping[str, Any], typed: argparse.Namespace) -> list[str]:
    """The files of code that settings name and the command line does not.

    Args:
        settings: The settings of a run.
        typed: The options that the user typed.

    Returns:
        The paths as the settings have them, each once.
    """
    named = {Path(path).resolve() for path in code_paths(vars(typed))}
    found = [path for path in code_paths(settings) if Path(path).resolve() not in named]
    return list(dict.fromkeys(found))


def check_code(settings: Mapping[str, Any], typed: argparse.Namespace) -> None:
    """Raises a `ValueError` if settings name code that the user did not, without `--allow-code`."""
    found = foreign_code(settings, typed)
    if found and "allow_code" not in typed:
        files = ", ".join(map(repr, found))
        raise ValueError(
            f"Expected {typed.config!r} to name no code that is not on the command line. Received: "
            f"{files}. Read that code; if you trust it, add --allow-code."
        )


def check_outputs(
    settings: Mapping[str, Any], typed: argparse.Namespace, of_output: str = "output"
) -> None:
    """Raises a `ValueError` if a configuration file writes outside the current folder.

    Links are followed. Every text among a callback's arguments counts as a path, because only the
    callback knows which of them it writes to; the others are paths inside the current folder.

    Args:
        settings: The settings of a run.
        typed: The options that the user typed.
        of_output: The option of the command line by which the user may name where results go.
    """
    here = Path.cwd().resolve()
    for option, path in _outputs(settings):
        if option not in typed and not Path(path).resolve().is_relative_to(here):
            raise ValueError(
                f"Expected {typed.config!r} to write inside the current folder. Received: "
                f"{option} with {path!r}. To write there, name it on the command line with "
                f"--{of_output if option == 'output' else option}."
            )


def _outputs(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each path that a run may write to, with its option."""
    for option in WRITTEN:
        if option in settings:
            yield option, settings[option]
    for text in settings.get("callback", []):
        for value in parse_class_call(text).arguments.values():
            yield from (("callback", path) for path in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | set):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        yield from _texts([*value, *value.values()])
