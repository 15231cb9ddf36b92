"""The visits of the page: the files that each one uses, and when files are removed."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .picture import Picture

Upload = Mapping[str, Any] | None
"""An upload or a drawing, as the page sends it."""


@dataclass(frozen=True)
class Lifetime:
    """How long files are kept.

    Attributes:
        after_leaving: Seconds after the page that uses them was closed.
        without_use: Seconds since their page was last used.
        all_bytes: Total size in bytes above which the least recently used files are removed.
    """

    after_leaving: float = 60.0
    without_use: float = 24 * 3600.0
    all_bytes: int = 2_000_000_000


@dataclass
class Visit:
    """A visitor's page.

    Attributes:
        uses: The folders of uploads, by field.
        pictures: The last picture that was started, and earlier ones that are still running.
        gallery: The results.
        used: When the page was last used, by `time.monotonic`, which stops while the computer
            sleeps.
        left: When the page was closed; `None`: it is open.
    """

    uses: dict[str, Path] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)
    gallery: list[Path] = field(default_factory=list)
    used: float = field(default_factory=time.monotonic)
    left: float | None = None

    @property
    def picture(self) -> Picture | None:
        """The last picture that was started."""
        return self.pictures[-1] if self.pictures else None

    @property
    def running(self) -> list[Path]:
        """The folders of pictures that are being made or waiting."""
        return [each.folder for each in self.pictures if each.is_running]

    @property
    def folders(self) -> list[Path]:
        """The folders to keep as long as the page, the oldest results first."""
        results = (path.parents[1] for path in self.gallery)
        return [*results, *(each.folder for each in self.pictures), *self.uses.values()]

    def add(self, picture: Picture) -> Picture | None:
        """Adds a picture that was started, and returns the previous one."""
        before = self.picture
        self.pictures = [each for each in self.pictures if each.is_running] + [picture]
        return before

    def add_result(self, picture: Picture) -> None:
        """Adds the result to the gallery."""
        if picture.output not in self.gallery:
            self.gallery.append(picture.output)

    @property
    def results(self) -> list[tuple[str, str]]:
        """The results that still exist, each with its title."""
        return [(str(path), path.stem) for path in self.gallery if path.exists()]


class Visits:
    """The visits by session, and the files in `folder`, which is Gradio's cache.

    Gradio puts each upload into its own folder there, named after its bytes, so two pages may share
    one. The app adds folders for its pictures, which Gradio then serves without copying them. A
    thread removes folders that no page uses; Gradio's `delete_cache` considers only their age.
    """

    def __init__(self, folder: Path, lifetime: Lifetime) -> None:
        self._folder, self._lifetime = folder.resolve(), lifetime
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()
        # The time since which no page has used a folder, by its path and last change.
        self._unused: dict[tuple[Path, int], float] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._sweep_until_closed, daemon=True)
        self._thread.start()

    def find(self, session: str | None) -> Visit | None:
        """The visit, or `None`; marks it as used now, and its page as open."""
        with self._lock:
            visit = self._visits.get(str(session))
            if visit is not None:
                # A page that lost its connection counts as closed, but may come back.
                visit.used, visit.left = time.monotonic(), None
            return visit

    def open(self, session: str | None) -> Visit:
        """The visit, or a new one."""
        visit = self.find(session)
        if visit is None:
            with self._lock:
                visit = self._visits.setdefault(str(session), Visit())
        return visit

    def leave(self, session: str | None) -> None:
        """Notes that the page was closed."""
        with self._lock:
            if str(session) in self._visits:
                self._visits[str(session)].left = time.monotonic()

    def path_of(self, upload: Upload) -> str | None:
        """The path of an upload; raises a `ValueError` for a path outside Gradio's cache.

        Gradio itself checks only paths that are sent with `meta`.
        """
        if upload is None:
            return None
        path = Path(upload["path"] or "")
        if self._folder not in path.resolve().parents:
            raise ValueError("Expected an uploaded file. Received: another path. Add it again.")
        return str(path)

    def drawn_path(self, drawing: Upload) -> str | None:
        """The path of the drawn layer."""
        layers = [] if drawing is None else drawing["layers"]
        return self.path_of(layers[0]) if layers else None

    def use(self, visit: Visit, field: str, path: str | Path) -> None:
        """Keeps a file as long as the page, in place of the previous one of the field."""
        visit.uses[field] = self._folder / Path(path).resolve().relative_to(self._folder).parts[0]

    def new_folder(self) -> Path:
        """Makes a folder with a name that cannot be guessed."""
        folder = self._folder / secrets.token_hex(16)
        # A cleanup of /tmp may have removed the parent folder.
        folder.mkdir(parents=True)
        return folder

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()
        self._thread.join()

    def sweep(self) -> None:
        """Removes folders that no page uses, and the least recently used if there are too many."""
        now = time.monotonic()
        with self._lock:
            self._forget(now)
            visits = sorted(self._visits.values(), key=lambda visit: visit.used)
        running = {folder for visit in visits for folder in visit.running}
        # If two pages use the same folder, the more recently used one counts.
        times = {
            folder: (visit.used, order)
            for visit in visits
            if visit.left is None
            for order, folder in enumerate(visit.folders)
        }
        found = {path: _size_and_change(path) for path in _inside(self._folder)}
        total = sum(size for size, _ in found.values())
        found = {path: each for path, each in found.items() if path not in running}
        self._unused = {
            (path, changed): self._unused.get((path, changed), now)
            for path, (_, changed) in found.items()
            if path not in times
        }
        too_old = now - self._lifetime.after_leaving
        times |= {path: (since, 0) for (path, _), since in self._unused.items()}
        for path in sorted(found, key=times.__getitem__):
            is_unused = (path, found[path][1]) in self._unused
            if total > self._lifetime.all_bytes or (is_unused and times[path][0] <= too_old):
                total -= found[path][0]
                _remove(path)

    def _forget(self, now: float) -> None:
        """Stops the runs of expired visits, and removes those visits when their runs have ended."""
        for session, visit in list(self._visits.items()):
            is_left = visit.left is not None and now - visit.left >= self._lifetime.after_leaving
            if is_left:
                for picture in visit.pictures:
                    picture.stop()
            is_old = now - visit.used >= self._lifetime.without_use
            if (is_left or is_old) and not visit.running:
                del self._visits[session]

    def _sweep_until_closed(self) -> None:
        while not self._closed.wait(min(10.0, self._lifetime.after_leaving / 4)):
            self.sweep()


def _inside(folder: Path) -> list[Path]:
    try:
        return [Path(each.path) for each in os.scandir(folder)]
    except OSError:
        return []


def _size_and_change(path: Path) -> tuple[int, int]:
    """The size of a file or folder, in bytes, and the time of its last change, in ns."""
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return 0, 0  # It was removed in the meantime.
    if not path.is_dir():
        return status.st_size, status.st_mtime_ns
    inside = [_size_and_change(each) for each in _inside(path)]
    return sum(size for size, _ in inside), max(
        [status.st_mtime_ns, *(changed for _, changed in inside)]
    )


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
