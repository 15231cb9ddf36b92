"""Safe output files, also for your own callbacks: checked first, written atomically, locked."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import socket
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["atomic_write", "check_writable", "lock_output", "warn_if_not_saved"]

_PARTIAL, _LOCK = ".partial-", ".lock-"
"""Prefixes of the temporary folders and of the locks."""

_TRIALS, _SECONDS_BETWEEN_TRIALS = 20, 0.01


class NotSavedWarning(UserWarning):
    """A file of a callback could not be written; the run continues."""


def check_extension(path: Path, extensions: Sequence[str]) -> str:
    """Returns a path's extension in lower case, or raises a `ValueError` if it is not allowed."""
    extension = path.suffix.lower()
    if extension not in extensions:
        raise ValueError(
            f"Invalid output path. Expected a file name that ends in one of "
            f"{', '.join(extensions)}. Received: {str(path)!r}. Change the extension."
        )
    return extension


def check_writable(path: str | os.PathLike[str], extensions: Sequence[str] | None = None) -> Path:
    """Checks that a file can be written, without leaving anything behind.

    Call it before a long computation to detect a bad path at the start instead of at the end.

    Example:
    ```python
    def on_train_begin(self, logs=None):
        check_writable(self.path, nst_framework.IMAGE_EXTENSIONS)
    ```

    Args:
        path: Path of the file; missing folders are created when it is written.
        extensions: The allowed extensions, in lower case; `None`: any.

    Returns:
        The path.

    Raises:
        ValueError: If the extension is not allowed.
        OSError: If the file cannot be written there.
    """
    path = Path(path)
    if extensions is not None:
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


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a temporary path to write to, and moves that file to `path` once it is complete.

    The file is flushed to the disk before it replaces another. If the block raises an error, `path`
    stays unchanged. Files left in the folder by a killed process are removed.

    Example:
    ```python
    with atomic_write("losses.json") as partial:
        partial.write_text(json.dumps(losses))
    ```

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
def lock_output(path: str | os.PathLike[str]) -> Iterator[None]:
    """Keeps other processes from writing a file until the block ends.

    The lock is a hidden file next to it, which the system releases however the process ends. It
    keeps out only processes that ask for the same lock; a process does not lock itself out. There
    is no protection where the system or the file system lacks locks (Windows, some network
    folders).

    Example:
    ```python
    with lock_output("result.png"):
        trainer.fit(content, style)
        write_image("result.png", trainer.image)
    ```

    Args:
        path: Path of the file, which need not exist; missing folders are created.

    Raises:
        BlockingIOError: If another process has the lock.
        OSError: If the folder cannot be written to.
    """
    path = Path(path)
    new_folders = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    # A digest, because the name may already have the maximum length.
    lock = path.parent / f"{_LOCK}{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}"
    own, holder = f"process {os.getpid()} on {socket.gethostname()}", ""
    for _ in range(_TRIALS):
        descriptor = _open_locked(lock, os.O_RDWR | os.O_CREAT)
        if descriptor is not None:
            break
        with contextlib.suppress(OSError):
            holder = lock.read_text()
        if holder == own:
            break
        # Another process may hold it briefly, to test whether it is a leftover.
        time.sleep(_SECONDS_BETWEEN_TRIALS)
    if descriptor is None:
        if holder != own:
            raise BlockingIOError(
                f"Expected a file that no other run is writing. Received: {str(path)!r}, which "
                f"{holder or 'another process'} is writing. Wait until that run ends, or choose "
                "another name."
            )
        yield
        return
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, own.encode())
        yield
    finally:
        # While it is still locked, so that no other process can own it.
        with contextlib.suppress(OSError):
            lock.unlink()
        os.close(descriptor)
        # If nothing was written, no empty folder remains.
        with contextlib.suppress(OSError):
            for folder in new_folders:
                folder.rmdir()


@contextlib.contextmanager
def warn_if_not_saved(
    path: str | os.PathLike[str], how: str = ", and the next save tries again"
) -> Iterator[None]:
    """Turns an `OSError` into a `NotSavedWarning`, so that the run continues.

    Example:
    ```python
    def on_epoch_end(self, epoch, logs=None):
        with warn_if_not_saved(self.path):
            write_image(self.path, self.model.image)
    ```

    Args:
        path: Path of the file to write.
        how: The end of the sentence "The run continues", starting with its comma or space.
    """
    try:
        yield
    except OSError as error:
        warnings.warn(
            f"{os.fspath(path)!r} could not be written ({error.strerror or error}). The run "
            f"continues{how}.",
            NotSavedWarning,
            stacklevel=3,
        )


@contextlib.contextmanager
def _temporary_folder(parent: Path) -> Iterator[Path]:
    """A folder that is locked while in use, so that others can tell it from a leftover."""
    for prefix in (_PARTIAL, _LOCK):
        for path in parent.glob(f"{prefix}*"):
            _remove_leftover(path)
    descriptor = None
    while descriptor is None:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=_PARTIAL))
        try:
            descriptor = _open_locked(folder, os.O_RDONLY)
        except OSError:
            # Windows cannot open folders; elsewhere, another process removed it as a leftover.
            if folder.exists():
                break
    try:
        yield folder
    finally:
        # Do not hide an earlier error if the folder is gone or no longer writable.
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _remove_leftover(path: Path) -> None:
    """Removes a file or folder if the process that locked it has ended."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    if _try_lock(descriptor):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    os.close(descriptor)


def _open_locked(path: Path, flags: int) -> int | None:
    """Opens and locks a file or folder; `None` if it is locked already."""
    while True:
        descriptor = os.open(path, flags, 0o666)
        locked = _try_lock(descriptor)
        # The previous holder may have removed the file after it was opened here.
        with contextlib.suppress(FileNotFoundError):
            if locked is not False and os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)
        if locked is False:
            return None


def _try_lock(descriptor: int) -> bool | None:
    """Locks until `close` and returns whether that succeeded; `None` where locks do not exist."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
