"""The name of a result for which no `--output` was given."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .sidecar import input_digests, is_up_to_date, sidecar_path

LONGEST = 90
"""The most bytes of the content's or the styles' names, since a file's name has at most 255."""


def result_name(settings: Mapping[str, Any], resume: bool = False) -> str:
    """The names of content and styles, in the current folder, and a number if that name is taken.

    A name is free if no file has it, or if the run only makes that file again: the same settings
    made it of the same files, or it is what an interrupted run left that is resumed now.

    Example:
    ```python
    result_name({"content": "photos/cat.jpg", "style": ["oil.jpg"], ...})  # "cat-oil.png"
    ```

    Args:
        settings: The settings of a run, without an output.
        resume: Whether it goes on from its checkpoint.

    Returns:
        The name of a PNG file.

    Raises:
        ValueError: If the run begins with an earlier output, which only the user can name.
    """
    content, styles = settings.get("content"), settings.get("style")
    if settings["initial_image"] == "last":
        raise ValueError(
            "Expected --output with --initial-image last. Received: no --output. Name the result "
            "of the earlier run."
        )
    if content is None or not styles:
        # The command reports that they are missing.
        return "result.png"
    stem = f"{_shortened(Path(content).stem)}-{_shortened('-'.join(Path(p).stem for p in styles))}"
    inputs = input_digests(settings)
    names = (f"{stem}-{number}.png" for number in itertools.count(2))
    return next(
        name
        for name in itertools.chain([f"{stem}.png"], names)
        if not (Path(name).exists() or sidecar_path(name).exists())
        or is_up_to_date({**settings, "output": name}, inputs)
        or (resume and _is_interrupted(Path(name), settings.get("checkpoint")))
    )


def _is_interrupted(picture: Path, checkpoint: str | None) -> bool:
    """Whether a picture was written when the run of a checkpoint was interrupted.

    Such a picture has no file beside it, and is written right after the checkpoint.
    """
    return (
        checkpoint is not None
        and Path(checkpoint).is_file()
        and not sidecar_path(str(picture)).exists()
        and picture.stat().st_mtime_ns >= Path(checkpoint).stat().st_mtime_ns
    )


def _shortened(text: str) -> str:
    return text.encode("utf-8", "surrogateescape")[:LONGEST].decode("utf-8", "ignore")
