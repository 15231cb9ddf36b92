"""What callbacks do if a file cannot be written: say so, and let the run go on."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator


class NotSavedWarning(UserWarning):
    """A file of a callback could not be written; the run goes on."""


@contextlib.contextmanager
def warn_of_disk_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turns an error of the disk into a warning, because a run is worth more than one of its files.

    Args:
        path: Path of the file that is written.
    """
    try:
        yield
    except OSError as error:
        warn_not_saved(path, error, ", and tries again when it saves next")


def warn_not_saved(path: str | os.PathLike[str], error: OSError, how: str) -> None:
    """Warns that a file could not be written.

    Args:
        path: Path of the file.
        error: Why not.
        how: How the run goes on: the rest of that sentence.
    """
    reason = error.strerror or error
    warnings.warn(
        f"{os.fspath(path)!r} could not be written ({reason}). The run goes on{how}.",
        NotSavedWarning,
        stacklevel=4,
    )
