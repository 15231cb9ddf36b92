"""The file beside a result, `result.png.toml`: all that it takes to make the result again."""

from __future__ import annotations

import hashlib
import importlib
import os
import platform
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from .. import __version__
from ..images.files import whole_file
from .paths import change_paths, input_paths

HEADING = (
    "# nst transfer --config {name} makes this picture again, and these settings can be changed."
)


def sidecar_path(output: str) -> Path:
    """Where the file beside a result is."""
    return Path(f"{output}.toml")


def input_digests(settings: Mapping[str, Any]) -> dict[Path, str]:
    """The SHA-256 of each file that a run reads.

    Args:
        settings: The settings of the run.

    Returns:
        Digests by path. Files that are not there are not among them: whoever reads them has
        better words for that.
    """
    paths = [_real_path(Path(path)) for path in input_paths(settings)]
    return {path: _digest(path) for path in paths if path.is_file()}


def versions() -> dict[str, str]:
    """The versions of what computes."""
    import keras
    import numpy

    backend = keras.backend.backend()
    return {
        "nst_framework": __version__,
        "keras": keras.__version__,
        "backend": f"{backend} {importlib.import_module(backend).__version__}",
        "numpy": numpy.__version__,
        "python": platform.python_version(),
    }


def write_sidecar(
    settings: Mapping[str, Any], inputs: Mapping[Path, str], resumed: bool = False
) -> None:
    """Writes the file beside a result.

    Args:
        settings: The settings of the run, with what `auto` came to.
        inputs: What `input_digests` returned before the run.
        resumed: Whether the run went on from its checkpoint.

    Raises:
        OSError: If it cannot be written.
    """
    output = Path(settings["output"])

    def relative(path: str | Path) -> str:
        return _relative_path(Path(path), output.parent)

    made_with = versions()
    if resumed:
        made_with["resumed_from"] = relative(settings["checkpoint"])
    record = {
        **change_paths(settings, relative),
        "made_with": made_with,
        "inputs": {relative(path): digest for path, digest in inputs.items()},
        "outputs": {output.name: _digest(output)},
    }
    path = sidecar_path(settings["output"])
    text = f"{HEADING.format(name=path.name)}\n{tomli_w.dumps(record)}"
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def differences(path: Path, inputs: Mapping[Path, str]) -> list[str]:
    """What is not as it was when a result was made.

    Args:
        path: The file beside that result, or any other configuration file.
        inputs: What `input_digests` returns now.

    Returns:
        Sentences; none if everything is the same or nothing is known.
    """
    record = tomllib.loads(path.read_text(encoding="utf-8"))
    made_with, known_inputs = record.get("made_with", {}), record.get("inputs", {})
    found = [
        f"{path} was made with {name} {made_with[name]}. This is {name} {version}, and the result "
        "may differ."
        for name, version in versions().items()
        if name in made_with and made_with[name] != version
    ]
    if "resumed_from" in made_with:
        found.append(
            f"{path} is of a run that went on from {made_with['resumed_from']}. This one begins "
            "anew, and its result differs if that began with other settings."
        )
    for name, digest in known_inputs.items():
        source = _real_path(path.parent / name)
        if inputs.get(source, digest) != digest:
            found.append(f"{path.parent / name} has changed since {path} was written.")
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _real_path(path: Path) -> Path:
    # The folder alone, for a link has the name, and so the extension, that the user chose.
    return path.absolute().parent.resolve() / path.name


def _relative_path(path: Path, folder: Path) -> str:
    real = _real_path(path)
    if real.anchor != folder.resolve().anchor:
        # Nothing leads from one drive of Windows to another.
        return real.as_posix()
    return Path(os.path.relpath(real, folder.resolve())).as_posix()
