"""Output files: checked before the work starts, and never left incomplete."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

IMAGE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


def prepare_output(
    path: str | os.PathLike[str], extensions: Sequence[str] = IMAGE_EXTENSIONS
) -> Path:
    """Checks that a file can be written, without leaving anything behind.

    Call it before a long computation, so that a bad path is found at the start and not at the end.

    Args:
        path: Path of the file; missing folders are created when it is written.
        extensions: The allowed extensions; by default those of images.

    Returns:
        The path.

    Raises:
        ValueError: If the extension is not allowed.
        OSError: If the file cannot be written there.
    """
    path = Path(path)
    check_extension(path, extensions)
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        folder = next(parent for parent in path.absolute().parents if parent.exists())
        with tempfile.TemporaryDirectory(dir=folder) as trial:
            (Path(trial) / path.name).touch()
    except OSError as error:
        raise OSError(
            f"Expected a path that can be written to. Received: {str(path)!r} "
            f"({error.strerror}). Choose another folder or name."
        ) from error
    return path


def check_extension(path: Path, extensions: Sequence[str]) -> str:
    """Returns a path's extension in lower case, or raises a `ValueError` if it is not allowed."""
    extension = path.suffix.lower()
    if extension not in extensions:
        raise ValueError(
            f"Invalid output path. Expected a file name that ends in one of "
            f"{', '.join(extensions)}. Received: {str(path)!r}. Change the extension."
        )
    return extension


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Gives a temporary path to write to, and moves that file to `path` once it is complete.

    Args:
        path: Path of the file; missing folders are created.

    Yields:
        A path that does not exist yet, in a temporary folder next to the file.

    Raises:
        OSError: If the file cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as folder:
        partial = Path(folder) / path.name
        yield partial
        os.replace(partial, path)
