"""The file beside a result, `result.png.toml`: everything needed to make the result again."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from ..saving import atomic_write
from .output import one_line
from .paths import WRITTEN, code_paths, input_paths, map_paths
from .settings_file import RECORDS, read_file

RESOLVED = ("precision", "scales", "tile_size")
"""The settings whose `auto` is resolved in the file."""

OF_OTHER_FILES = (*WRITTEN, "save_every", "checkpoint_every", "keep_checkpoints", "callback")
"""The settings that say where a run writes, and not what the picture is like."""

OF_THE_MACHINE = ("processor", "device", "threads", "resumed_from")
"""What the file beside a result records, and the result itself does not."""

HEADING = "# nst transfer --config {words} makes this image again. The settings can be edited."


def sidecar_path(output: str) -> Path:
    """The path of the file beside a result."""
    return Path(f"{output}.toml")


def check_names(settings: Mapping[str, Any]) -> None:
    """Raises a `ValueError` if a file's name is not Unicode, because TOML cannot record it."""
    for path in (*input_paths(settings), settings["output"]):
        try:
            path.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"Expected file names in Unicode, because {str(sidecar_path(settings['output']))!r}"
                f" will record them. Received: {path!r}. Rename the file."
            ) from error


def input_digests(settings: Mapping[str, Any]) -> dict[Path, str]:
    """The SHA-256 of each file that a run reads.

    Args:
        settings: The settings of the run.

    Returns:
        Digests by path. Files that do not exist are left out; the run itself reports them.
    """
    paths = [_real_path(Path(path)) for path in input_paths(settings)]
    return {path: digest(path) for path in paths if path.is_file()}


def write_sidecar(
    settings: Mapping[str, Any], inputs: Mapping[Path, str], resumed: bool = False
) -> None:
    """Writes the file beside a result.

    Args:
        settings: The settings of the run, with `auto` resolved.
        inputs: What `input_digests` returned before the run.
        resumed: Whether the run was resumed from its checkpoint.

    Raises:
        OSError: If it cannot be written.
    """
    output = Path(settings["output"])

    def relative(path: str | Path) -> str:
        return relative_path(Path(path), output.parent)

    record = _record(settings, inputs, resumed, relative)
    record["outputs"] = {output.name: digest(output)}
    path = sidecar_path(settings["output"])
    with atomic_write(path) as partial:
        partial.write_text(_format(record, path.name), encoding="utf-8")


def format_inside(
    settings: Mapping[str, Any],
    inputs: Mapping[Path, str],
    resumed: bool = False,
    stopped_after: int | None = None,
) -> str | None:
    """The text that goes into the result itself, with the names of files and no folders.

    Args:
        settings: As for `write_sidecar`.
        inputs: As for `write_sidecar`.
        resumed: As for `write_sidecar`.
        stopped_after: The step after which the run was stopped before its end.

    Returns:
        TOML, of which no part depends on where the picture was made, or on what else was written;
        `None` if two files have one name. Arguments of classes are kept as they are.
    """
    if len({path.name for path in inputs}) < len(set(inputs)):
        return None
    record = _record(settings, inputs, resumed, lambda path: Path(path).name)
    record["made_with"] = {
        name: value for name, value in record["made_with"].items() if name not in OF_THE_MACHINE
    }
    if stopped_after is not None:
        record["made_with"]["stopped_after_step"] = stopped_after
    kept = {name: value for name, value in record.items() if name not in OF_OTHER_FILES}
    return _format(kept, "THIS_IMAGE")


def _record(
    settings: Mapping[str, Any],
    inputs: Mapping[Path, str],
    resumed: bool,
    change: Callable[[str | Path], str],
) -> dict[str, Any]:
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
    words = name + (" --allow-code" if code_paths(record) else "")
    return f"{HEADING.format(words=one_line(words))}\n{tomli_w.dumps(record)}"


def is_up_to_date(settings: Mapping[str, Any], inputs: Mapping[Path, str]) -> bool:
    """Whether the result is there, as these settings make it of these inputs.

    Args:
        settings: The settings of a run.
        inputs: What `input_digests` returns for them.

    Returns:
        Whether settings, inputs and result are those in the file beside the result. What has been
        resolved there, such as scales, counts as equal to `auto`.
    """
    output = Path(settings["output"])
    try:
        record = tomllib.loads(sidecar_path(settings["output"]).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False

    def relative(path: str | Path) -> str:
        return relative_path(Path(path), output.parent)

    same = _is_record_of(record, map_paths(settings, relative), inputs, relative)
    return same and output.is_file() and record.get("outputs") == {output.name: digest(output)}


def was_stopped(settings: Mapping[str, Any], inputs: Mapping[Path, str]) -> bool:
    """Whether the result is what a run with these settings left when it was stopped.

    Args:
        settings: The settings of a run.
        inputs: What `input_digests` returns for them.
    """
    from ..images.metadata import read_metadata

    def name_of(path: str | Path) -> str:
        return Path(path).name

    try:
        record = tomllib.loads(read_metadata(settings["output"]) or "")
    except (OSError, ValueError):
        return False
    names = map_paths(settings, name_of)
    kept = {name: value for name, value in names.items() if name not in OF_OTHER_FILES}
    stopped = "stopped_after_step" in record.get("made_with", {})
    return stopped and _is_record_of(record, kept, inputs, name_of)


def _is_record_of(
    record: Mapping[str, Any],
    settings: Mapping[str, Any],
    inputs: Mapping[Path, str],
    change: Callable[[str | Path], str],
) -> bool:
    made = {name: value for name, value in record.items() if name not in RECORDS}
    expected = tomllib.loads(tomli_w.dumps(settings))
    for name in RESOLVED:
        if expected.get(name) in ("auto", ["auto"]):
            expected.pop(name)
            made.pop(name, None)
    digests = {change(path): found for path, found in inputs.items()}
    return made == expected and record.get("inputs") == digests


def differences(path: Path, inputs: Mapping[Path, str]) -> list[str]:
    """What has changed since a result was made.

    Args:
        path: The file beside that result, or any other configuration file.
        inputs: What `input_digests` returns now.

    Returns:
        A sentence for each change; none if nothing has changed or nothing is recorded.
    """
    from ..backend.environment import environment_change

    record = tomllib.loads(read_file(path))
    made_with, known_inputs = record.get("made_with", {}), record.get("inputs", {})
    change = environment_change(made_with)
    found = [f"{path} was {change}"] if change else []
    if "resumed_from" in made_with:
        found.append(
            f"{path} records a run that was resumed from {made_with['resumed_from']}. This run "
            "starts from the beginning; its result differs if the earlier run was started with "
            "other settings or on another machine."
        )
    if "stopped_after_step" in made_with:
        found.append(
            f"{path} was stopped after step {made_with['stopped_after_step']}. This run goes on to "
            "the end."
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


def _real_path(path: Path) -> Path:
    # Only the folder: a linked file keeps the name, and so the extension, that the user chose.
    return path.absolute().parent.resolve() / path.name


def relative_path(path: Path, folder: Path) -> str:
    """A path as seen from a folder; links in both are followed."""
    real = _real_path(path)
    if real.anchor != folder.resolve().anchor:
        # On Windows no relative path leads from one drive to another.
        return real.as_posix()
    return Path(os.path.relpath(real, folder.resolve())).as_posix()
