"""Locks that keep two processes from writing the same file, and end with their process."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK_PREFIX = ".lock-"
"""How the names of locks begin."""

TRIALS = 20
SECONDS_BETWEEN_TRIALS = 0.01


@contextlib.contextmanager
def lock_output(path: str | os.PathLike[str]) -> Iterator[None]:
    """Keeps other processes from writing a file until the block ends.

    The lock is a hidden file next to it, which the system unlocks when the process ends, however
    it ends. It keeps out processes that ask for the same lock; a process does not keep itself out.
    Where the system or the file system has no locks (Windows, some network folders), there is no
    protection.

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
    # A digest, because the name may be as long as names can be.
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    file = path.parent / f"{LOCK_PREFIX}{digest}"
    own = f"process {os.getpid()} on {socket.gethostname()}"
    descriptor = _open_locked(file, own)
    if descriptor is None:
        other = _read(file) or "another process"
        if other != own:
            raise BlockingIOError(
                f"Expected a file that no other run writes. Received: {str(path)!r}, which {other} "
                "writes. Wait until that run ends, or choose another name."
            )
        yield
        return
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, own.encode())
        yield
    finally:
        # While it is still locked, so that it is not someone else's.
        with contextlib.suppress(OSError):
            file.unlink()
        os.close(descriptor)
        # If nothing was written, nothing is left behind.
        with contextlib.suppress(OSError):
            for folder in new_folders:
                folder.rmdir()


def try_lock(descriptor: int) -> bool | None:
    """Locks an open file or folder.

    Args:
        descriptor: Closing it unlocks.

    Returns:
        Whether it is locked now; false if it was locked before, `None` if there are no locks.
    """
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def is_at(descriptor: int, path: Path) -> bool:
    """Whether a path is still that of an open file or folder."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def remove_if_dead(path: Path) -> None:
    """Removes a file or folder that a process had locked which has ended."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    if try_lock(descriptor):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    os.close(descriptor)


def _open_locked(file: Path, own: str) -> int | None:
    trials = 0
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        if try_lock(descriptor) is False:
            os.close(descriptor)
            trials += 1
            # Another process may just be finding out whether the file is a dead one's.
            if trials == TRIALS or _read(file) == own:
                return None
            time.sleep(SECONDS_BETWEEN_TRIALS)
            continue
        # Whoever had the lock may have removed the file after it was opened here.
        if is_at(descriptor, file):
            return descriptor
        os.close(descriptor)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
