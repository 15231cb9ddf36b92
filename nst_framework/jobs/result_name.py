"""The name of a result without `--output`."""

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

MAX_BYTES = 90
"""Limit for the content's and for the styles' part of a name; file systems allow 255 in all."""


def claim_name(
    settings: Mapping[str, Any],
    locks: contextlib.ExitStack,
    resume: bool = False,
    config: str | None = None,
) -> str:
    """Names a result `CONTENT-STYLE.png`, in the current folder, with a number if that is taken.

    A name is free if no file has it and no other run is writing it. It is also free if this run
    would make the same file again, or resumes the stopped run that wrote it.

    Example:
    ```python
    with contextlib.ExitStack() as locks:
        claim_name({"content": "photos/cat.jpg", "style": ["oil.jpg"], ...}, locks)  # "cat-oil.png"
    ```

    Args:
        settings: The settings of a run, without an output.
        locks: Reserves the name against other processes until it is closed.
        resume: Whether the run is resumed from its checkpoint.
        config: The settings file, which may be a picture.
    """
    content, styles = settings.get("content"), settings.get("style")
    if settings.get("initial_image") == "last":
        raise ValueError("--initial-image last needs --output. Name the result of the earlier run.")
    if content is None or not styles:
        # `Job.check` reports the missing image.
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
                return name  # `Job.check` reports that the folder is not writable.
            if not may_overwrite(Path(name), inputs) and _is_free(settings, name, resume):
                locks.push(lock.pop_all())
                return name
    raise AssertionError("The numbers never end.")


def may_overwrite(output: Path, inputs: Sequence[Path]) -> Path | None:
    """An input that a run may overwrite, with its result, its preview or the image of a step."""
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
    """The first `MAX_BYTES` bytes of a name."""
    return text.encode("utf-8", "surrogateescape")[:MAX_BYTES].decode("utf-8", "ignore")
