"""Keeps settings files from running code or writing outside the current folder unasked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..settings.classes import parse_class_call
from ..settings.paths import code_paths, output_paths


def untrusted_code(settings: Mapping[str, Any], typed: Mapping[str, Any]) -> list[str]:
    """The Python files that the settings name and the command line does not, each once."""
    named = {Path(path).resolve() for path in code_paths(typed)}
    found = [path for path in code_paths(settings) if Path(path).resolve() not in named]
    return list(dict.fromkeys(found))


def check_trust(
    settings: Mapping[str, Any], typed: Mapping[str, Any], output_option: str = "output"
) -> None:
    """Raises a `ValueError` if a file runs code or writes to paths that the user did not name.

    Links are followed. Each string argument of a callback counts as a path that it writes to,
    because only the callback knows which of them are; any other string is a path inside the current
    folder, and so is accepted.

    Args:
        settings: The settings of a run.
        typed: The options that the user typed, with the settings file as `config`.
        output_option: The option with which the user may choose where results are written.
    """
    found = untrusted_code(settings, typed)
    if found and not typed.get("allow_code"):
        files = ", ".join(map(repr, found))
        raise ValueError(
            f"Expected {typed.get('config')!r} to name only code that is also on the command line. "
            f"Received: {files}. Read that code; if you trust it, add --allow-code."
        )
    here = Path.cwd().resolve()
    for option, path in _outputs(settings):
        if option not in typed and not Path(path).resolve().is_relative_to(here):
            raise ValueError(
                f"Expected {typed.get('config')!r} to write only inside the current folder. "
                f"Received: {option} with {path!r}. To write there, name the path on the command "
                f"line with --{output_option if option == 'output' else option}."
            )


def _outputs(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each path that a run may write to, with its option."""
    yield from output_paths(settings).items()
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
