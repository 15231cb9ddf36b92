"""Output files: checked before the work starts, and never left incomplete."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from .locks import LOCK_PREFIX, is_at, remove_if_dead, try_lock

IMAGE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
PARTIAL_PREFIX = ".partial-"
"""How the names of the temporary folders begin in which files are written."""


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
        with _temporary_folder(folder) as trial:
            (trial / path.name).touch()
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

    The file is on the disk, and not only in the system's memory, before it replaces another. What
    a process that was killed has left in the folder is removed.

    Args:
        path: Path of the file; missing folders are created.

    Yields:
        A path that does not exist yet, in a temporary folder next to the file.

    Raises:
        OSError: If the file cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary_folder(path.parent) as folder:
        partial = folder / path.name
        yield partial
        _flush(partial, os.O_RDWR)
        os.replace(partial, path)
    # Some network folders cannot be flushed.
    with contextlib.suppress(OSError):
        _flush(path.parent, os.O_RDONLY)


@contextlib.contextmanager
def _temporary_folder(parent: Path) -> Iterator[Path]:
    """A folder that is locked while it is used, so that others can tell it from a dead one."""
    for prefix in (PARTIAL_PREFIX, LOCK_PREFIX):
        for left in parent.glob(f"{prefix}*"):
            remove_if_dead(left)
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=PARTIAL_PREFIX))
        descriptor = _open_folder(folder)
        # Before it was locked, another process may have taken it for a dead one.
        if descriptor is None:
            if folder.exists():
                break
        elif try_lock(descriptor) is not False and is_at(descriptor, folder):
            break
        else:
            os.close(descriptor)
    try:
        yield folder
    finally:
        # The folder may be gone, or no longer writable; that is not what went wrong first.
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _open_folder(folder: Path) -> int | None:
    """Opens a folder, which cannot be done on Windows, or if another process has removed it."""
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
