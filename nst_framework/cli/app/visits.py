"""The visits of the page: which files each of them uses, and when files go."""

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
"""An upload, or what was drawn, as the page sends it."""


@dataclass(frozen=True)
class Lifetime:
    """How long files stay.

    They go some seconds after the page that uses them was left, or when it has not been used for
    very long. If all of them have more bytes than this, those go that were not used for longest.
    """

    after_leaving: float = 60.0
    without_use: float = 24 * 3600.0
    all_bytes: int = 2_000_000_000


@dataclass
class Visit:
    """A visitor's page.

    `uses` has the folders of uploads, by their field; `pictures` are the last one that was started
    and those before it that have not ended yet; `gallery` has the results. `used` and `left` are
    times of `time.monotonic`, which does not count a computer's sleep.
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
        """The folders of pictures that are made or wait."""
        return [each.folder for each in self.pictures if each.is_running]

    @property
    def folders(self) -> list[Path]:
        """What is to stay as long as the page, the oldest results first."""
        results = (path.parents[1] for path in self.gallery)
        return [*results, *(each.folder for each in self.pictures), *self.uses.values()]

    def add(self, picture: Picture) -> Picture | None:
        """Takes a picture that was started, and returns the one before it."""
        before = self.picture
        self.pictures = [each for each in self.pictures if each.is_running] + [picture]
        return before

    def keep(self, picture: Picture) -> None:
        """Puts the result into the gallery."""
        if picture.output not in self.gallery:
            self.gallery.append(picture.output)

    @property
    def results(self) -> list[tuple[str, str]]:
        """The results that are there, each with its title."""
        return [(str(path), path.stem) for path in self.gallery if path.exists()]


class Visits:
    """The visits by their session, and the files in `folder`, which is Gradio's cache.

    Gradio puts each upload into a folder of its own in there, named after its bytes: two pages may
    use one. The app makes more of them, for its pictures, so that Gradio serves them as they are.
    A thread removes the folders that no page uses. Gradio's `delete_cache` would go by age alone.
    """

    def __init__(self, folder: Path, lifetime: Lifetime) -> None:
        self._folder, self._lifetime = folder.resolve(), lifetime
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()
        # Since when no page has used them, by their path and the time of their last change.
        self._unused: dict[tuple[Path, int], float] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._sweep_until_closed, daemon=True)
        self._thread.start()

    def find(self, session: str | None) -> Visit | None:
        """The visit, if there is one; it counts as used now, and its page as open."""
        with self._lock:
            visit = self._visits.get(str(session))
            if visit is not None:
                # A page whose connection was lost, which is as if it was left, may come back.
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
        """The path of an upload, which is in Gradio's cache: no other file is read.

        Gradio itself checks only paths that are sent with `meta`.
        """
        if upload is None:
            return None
        path = Path(upload["path"] or "")
        if self._folder not in path.resolve().parents:
            raise ValueError("Expected an uploaded file. Received: another one. Drop it in again.")
        return str(path)

    def drawn_path(self, drawing: Upload) -> str | None:
        """The path of the layer that was drawn."""
        layers = [] if drawing is None else drawing["layers"]
        return self.path_of(layers[0]) if layers else None

    def use(self, visit: Visit, field: str, path: str | Path) -> None:
        """Keeps a file as long as the page; it replaces the one that the field had before."""
        visit.uses[field] = self._folder / Path(path).resolve().relative_to(self._folder).parts[0]

    def new_folder(self) -> Path:
        """Makes a folder, whose name nobody can guess."""
        folder = self._folder / secrets.token_hex(16)
        # Something that tidies up /tmp may have taken the folder around it.
        folder.mkdir(parents=True)
        return folder

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()
        self._thread.join()

    def sweep(self) -> None:
        """Removes what no page uses, and what is too much."""
        now = time.monotonic()
        with self._lock:
            self._forget(now)
            visits = sorted(self._visits.values(), key=lambda visit: visit.used)
        running = {folder for visit in visits for folder in visit.running}
        # Of two pages that use the same folder, the one that was used later counts.
        times = {
            folder: (visit.used, place)
            for visit in visits
            if visit.left is None
            for place, folder in enumerate(visit.folders)
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
        """Stops the runs of visits whose time is over, and forgets them after their last step."""
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
    """The bytes of a file, or of all in a folder, and the time of the last change, in ns."""
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return 0, 0  # It has gone in the meantime.
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
