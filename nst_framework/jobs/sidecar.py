"""The sidecar, `result.png.toml`: everything needed to reproduce a result.

The same text, without folders and the machine, is also embedded in the result.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from ..saving import atomic_write
from ..settings.files import HEADING_START, read_file
from ..settings.layers import TABLES
from ..settings.option import Use
from ..settings.paths import code_paths, input_paths, map_paths
from ..settings.table import settings_for
from ..text import one_line

Inputs = Mapping[Path, str]
"""The SHA-256 of each file that a run reads, by its resolved path."""

RESOLVED = ("precision", "scales", "tile_size")
"""The settings whose `auto` is resolved in a sidecar."""

MACHINE = ("processor", "device", "threads", "resumed_from")
"""Entries of `made_with` that are in the sidecar but not in the result itself."""

HEADING = HEADING_START + " --config {words} makes this image again. The settings can be edited."


def sidecar_path(output: str | os.PathLike[str]) -> Path:
    """The path of the sidecar of a result."""
    return Path(f"{os.fspath(output)}.toml")


def check_names(settings: Mapping[str, Any]) -> None:
    """Raises a `ValueError` if a file name is not Unicode, because TOML cannot record it."""
    for path in (*input_paths(settings), settings["output"]):
        try:
            path.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"Expected file names in Unicode, because {str(sidecar_path(settings['output']))!r}"
                f" records them. Received: {path!r}. Rename the file."
            ) from error


def input_digests(settings: Mapping[str, Any]) -> dict[Path, str]:
    """The digests of the files that a run reads; the run itself reports missing files."""
    paths = [_real_path(Path(path)) for path in input_paths(settings)]
    return {path: digest(path) for path in paths if path.is_file()}


def write_sidecar(settings: Mapping[str, Any], inputs: Inputs, resumed: bool = False) -> None:
    """Writes the sidecar of a result.

    Args:
        settings: The settings of the run, with `auto` resolved.
        inputs: The result of `input_digests` before the run.
        resumed: Whether the run was resumed from its checkpoint.
    """
    output = Path(settings["output"])
    record = _record(settings, inputs, resumed, _relative_to(output.parent))
    record["outputs"] = {output.name: digest(output)}
    path = sidecar_path(output)
    with atomic_write(path) as partial:
        partial.write_text(_format(record, path.name), encoding="utf-8")


def format_embedded(
    settings: Mapping[str, Any],
    inputs: Inputs,
    resumed: bool = False,
    stopped_after: int | None = None,
) -> str | None:
    """The text to embed in the result, with file names but no folders.

    It does not depend on where the picture was made or on which other files were written. Arguments
    of classes are kept unchanged.

    Args:
        settings: As for `write_sidecar`.
        inputs: As for `write_sidecar`.
        resumed: As for `write_sidecar`.
        stopped_after: The last step of a run that was stopped early.

    Returns:
        The text; `None` if two files have the same name.
    """
    if len({path.name for path in inputs}) < len(set(inputs)):
        return None
    record = _without_files(_record(settings, inputs, resumed, _name_of))
    made_with = {name: value for name, value in record["made_with"].items() if name not in MACHINE}
    if stopped_after is not None:
        made_with["stopped_after_step"] = stopped_after
    return _format({**record, "made_with": made_with}, "THIS_IMAGE")


def is_up_to_date(settings: Mapping[str, Any], inputs: Inputs) -> bool:
    """Whether the result exists and was made with these settings from these inputs.

    A value that the sidecar records for `auto`, such as scales, counts as equal to `auto`.
    """
    output = Path(settings["output"])
    try:
        record = tomllib.loads(sidecar_path(output).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    relative = _relative_to(output.parent)
    same = _is_record_of(record, map_paths(settings, relative), inputs, relative)
    return same and output.is_file() and record.get("outputs") == {output.name: digest(output)}


def was_stopped(settings: Mapping[str, Any], inputs: Inputs) -> bool:
    """Whether the result was written by a run with these settings when it was stopped."""
    from ..images.metadata import read_metadata

    try:
        record = tomllib.loads(read_metadata(settings["output"]) or "")
    except (OSError, ValueError):
        return False
    expected = _without_files(map_paths(settings, _name_of))
    stopped = "stopped_after_step" in record.get("made_with", {})
    return stopped and _is_record_of(record, expected, inputs, _name_of)


def differences(path: Path, inputs: Inputs) -> list[str]:
    """A sentence for each recorded difference between the earlier run and this one.

    Args:
        path: The sidecar of the earlier result, or any other settings file.
        inputs: The current result of `input_digests`.
    """
    from ..backend.environment import environment_change

    record = tomllib.loads(read_file(path))
    made_with, known_inputs = record.get("made_with", {}), record.get("inputs", {})
    change = environment_change(made_with)
    found = [f"{path} was {change}"] if change else []
    if "resumed_from" in made_with:
        found.append(
            f"{path} records a run that was resumed from {made_with['resumed_from']}. This run "
            "starts from the beginning; its result differs if the earlier run began with other "
            "settings or on another machine."
        )
    if "stopped_after_step" in made_with:
        found.append(
            f"{path} was stopped after step {made_with['stopped_after_step']}. This run continues "
            "to the end."
        )
    for name, known in known_inputs.items():
        source = _real_path(path.parent / name)
        if inputs.get(source, known) != known:
            found.append(f"{path.parent / name} has changed since {path} was written.")
    return found


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def relative_path(path: Path, folder: Path) -> str:
    """A path relative to a folder; links in both are followed."""
    real = _real_path(path)
    if real.anchor != folder.resolve().anchor:
        # On Windows no relative path leads from one drive to another.
        return real.as_posix()
    return Path(os.path.relpath(real, folder.resolve())).as_posix()


def _record(
    settings: Mapping[str, Any],
    inputs: Inputs,
    resumed: bool,
    change: Callable[[str | Path], str],
) -> dict[str, Any]:
    """Settings and inputs, with `change` applied to each path, and the software and machine."""
    from ..backend.environment import environment

    made_with = environment()
    if resumed:
        made_with["resumed_from"] = change(settings["checkpoint"])
    return {
        **map_paths(settings, change),
        "made_with": made_with,
        "inputs": {change(path): found for path, found in inputs.items()},
    }


def _format(record: Mapping[str, Any], name: str) -> str:
    settings = {name: value for name, value in record.items() if name not in TABLES}
    words = name + (" --allow-code" if code_paths(settings) else "")
    return f"{HEADING.format(words=one_line(words))}\n{tomli_w.dumps(dict(record))}"


def _is_record_of(
    record: Mapping[str, Any],
    settings: Mapping[str, Any],
    inputs: Inputs,
    change: Callable[[str | Path], str],
) -> bool:
    made = {name: value for name, value in record.items() if name not in TABLES}
    expected = tomllib.loads(tomli_w.dumps(dict(settings)))
    for name in RESOLVED:
        if expected.get(name) in ("auto", ["auto"]):
            expected.pop(name)
            made.pop(name, None)
    digests = {change(path): found for path, found in inputs.items()}
    return made == expected and record.get("inputs") == digests


def _without_files(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without the settings of where and when a run writes files."""
    files = settings_for(Use.FILES)
    return {name: value for name, value in record.items() if name not in files}


def _relative_to(folder: Path) -> Callable[[str | Path], str]:
    return lambda path: relative_path(Path(path), folder)


def _name_of(path: str | Path) -> str:
    return Path(path).name


def _real_path(path: Path) -> Path:
    # Resolves only the folder, so that a linked file keeps the user's name and extension.
    return path.absolute().parent.resolve() / path.name
