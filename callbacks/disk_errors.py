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
        warnings.warn(
            f"{os.fspath(path)!r} could not be written ({error.strerror or error}). The run goes "
            "on, and tries again when it saves next.",
            NotSavedWarning,
            stacklevel=3,
        )
