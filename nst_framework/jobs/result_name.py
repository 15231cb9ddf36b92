"""The name of a result for which no `--output` was given."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..saving import lock_output
from ..settings.paths import input_paths
from .sidecar import input_digests, is_up_to_date, sidecar_path, was_stopped

LONGEST = 90
"""The most bytes of the content's or the styles' names, since a file's name has at most 255."""


def claim_name(
    settings: Mapping[str, Any],
    locks: contextlib.ExitStack,
    resume: bool = False,
    config: str | None = None,
) -> str:
    """The names of content and styles, in the current folder, and a number if that name is taken.

    A name is free if no file has it and no other run writes it, or if the run only makes that file
    again: the same settings made it of the same files, or were stopped and are resumed now.

    Example:
    ```python
    with contextlib.ExitStack() as locks:
        claim_name({"content": "photos/cat.jpg", "style": ["oil.jpg"], ...}, locks)  # "cat-oil.png"
    ```

    Args:
        settings: The settings of a run, without an output.
        locks: Keeps the name from other processes until it is closed.
        resume: Whether the run is resumed from its checkpoint.
        config: The file of settings, which may be a picture.
    """
    content, styles = settings.get("content"), settings.get("style")
    if settings.get("initial_image") == "last":
        raise ValueError(
            "Expected --output with --initial-image last. Received: no --output. Name the result "
            "of the earlier run."
        )
    if content is None or not styles:
        # The job reports that they are missing.
        return "result.png"
    stem = f"{shortened(Path(content).stem)}-{shortened('-'.join(Path(p).stem for p in styles))}"
    inputs = [Path(path) for path in (*input_paths(settings), *([config] if config else []))]
    for name in itertools.chain([f"{stem}.png"], (f"{stem}-{n}.png" for n in itertools.count(2))):
        with contextlib.ExitStack() as lock:
            try:
                lock.enter_context(lock_output(name))
            except BlockingIOError:
                continue
            except OSError:
                return name  # The job reports that nothing can be written here.
            if not may_overwrite(Path(name), inputs) and _is_free(settings, name, resume):
                locks.push(lock.pop_all())
                return name
    raise AssertionError("There is a number for every result.")


def may_overwrite(output: Path, inputs: Sequence[Path]) -> Path | None:
    """An input that a run may write, if there is one: as its result, preview or image of a step."""
    written = re.compile(rf"{re.escape(output.stem)}(-\d+|\.preview)?{re.escape(output.suffix)}")
    folder = output.absolute().parent.resolve()
    for source in inputs:
        if source.absolute().parent.resolve() == folder and written.fullmatch(source.name):
            return source
    return None


def _is_free(settings: Mapping[str, Any], name: str, resume: bool) -> bool:
    if not (Path(name).exists() or sidecar_path(name).exists()):
        return True
    inputs, named = input_digests(settings), {**settings, "output": name}
    return is_up_to_date(named, inputs) or (resume and was_stopped(named, inputs))


def shortened(text: str) -> str:
    """The beginning of a name, if it is too long to be a part of another one."""
    return text.encode("utf-8", "surrogateescape")[:LONGEST].decode("utf-8", "ignore")
