"""Files that are written: checked before the work, and whole or not there."""

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
    """Checks that a file can be written, and leaves nothing behind.

    Call it before long work, so that a wrong path is found at its start and not at its end.

    Args:
        path: Path of the file; folders that do not exist yet are made when it is written.
        extensions: The extensions that it may have; by default those of images.

    Returns:
        The path.

    Raises:
        ValueError: If the extension is not one of them.
        OSError: If the file cannot be written there.
    """
    path = Path(path)
    if path.suffix.lower() not in extensions:
        raise ValueError(
            f"Invalid output path. Expected a file name that ends in one of "
            f"{', '.join(extensions)}. Received: {str(path)!r}."
        )
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        folder = next(parent for parent in path.absolute().parents if parent.exists())
        with tempfile.TemporaryDirectory(dir=folder) as trial:
            (Path(trial) / path.name).touch()
    except OSError as error:
        raise OSError(
            f"Expected a file that can be written. Received: {str(path)!r} "
            f"({error.strerror}). Choose another folder or name."
        ) from error
    return path


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Gives a path to write to, and puts that file in the place of `path` once it is whole.

    Args:
        path: Path of the file; its folder is made.

    Yields:
        Path of an empty file in the same folder.

    Raises:
        OSError: If the file cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as folder:
        partial = Path(folder) / path.name
        yield partial
        os.replace(partial, path)
