"""Makes the pictures of the app: one at a time, for visitors who come and go."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from ... import defaults
from ...images.reading import read_image
from .answers import CANVAS, finished, show, status, words
from .form import FROM_PICTURE, PRESETS, Form, as_typed, chosen_settings
from .job import Job
from .queue import Queue
from .uploads import check_upload, collect
from .visit import Visit, keep_picture
from .watcher import Progress

SECONDS_AFTER_LEAVING = 60.0
SECONDS_TO_CLOSE = 30.0
SMALLEST = 64
"""The smallest size of a picture, in pixels."""

PREPARES = "Begins: the network is prepared, which takes some seconds."

PROBLEMS = (ValueError, OSError, MemoryError)


@dataclass(frozen=True)
class Limits:
    """What visitors may ask for.

    Attributes:
        size: The longest side of a picture, in pixels.
        megabytes: The largest file that may be uploaded.
    """

    size: int = 1024
    megabytes: int = 20


class Studio:
    """The events of the page.

    Args:
        folder: Where the files of the runs are.
        limits: What visitors may ask for.
        seconds_after_leaving: How long a run goes on after its visitor has closed the page.
    """

    def __init__(
        self, folder: Path, limits: Limits, seconds_after_leaving: float = SECONDS_AFTER_LEAVING
    ) -> None:
        self._folder, self._limits = folder, limits
        self._seconds_after_leaving = seconds_after_leaving
        self._visits: dict[str, Visit] = {}
        self._queue = Queue()

    def make(
        self,
        content: str | None,
        style: str | None,
        second: str | None,
        drawing: str | None,
        mask: str | None,
        preset: str,
        size: float | None,
        weight: float | None,
        color: str,
        share: float,
        earlier: str | None,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        """Makes a picture, and yields what the page shows of it."""
        visit = self._visit(request)
        folder = Path(tempfile.mkdtemp(dir=visit.folder))
        try:
            if size is None or not SMALLEST <= size <= self._limits.size:
                raise ValueError(
                    f"Expected {SMALLEST} to {self._limits.size} pixels of size. Received: {size}."
                )
            if weight is None:
                raise ValueError("Expected a content weight. Received: none. Type 200 or so.")
            images = collect(folder, content, (style, second), mask, drawing)
            form = Form(preset, int(size), float(weight), color, share / 100, earlier)
            # A file's name has at most 255 bytes, of which a letter may take four.
            name = f"{images.content.stem[:30]}-{images.styles[0].stem[:30]}.png"
            (folder / "picture").mkdir()
            job = Job(as_typed(form, images, folder / "picture" / name), folder, self._queue)
            job.start()
        except PROBLEMS as error:
            shutil.rmtree(folder, ignore_errors=True)
            yield show(str(error).replace(f"{folder}/", ""), problem=True)
            return
        before, visit.job = visit.job, job
        if before is not None:
            before.stop()
            threading.Thread(target=keep_picture, args=(before,), daemon=True).start()
        yield from self._follow(job, visit)

    def go_on(self, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Goes on with the picture that was stopped."""
        visit = self._visit(request)
        job = visit.job
        if job is None or not job.can_go_on:
            yield show("There is no picture to go on with.", problem=True)
            return
        try:
            job.start()
        except ValueError as error:
            yield show(str(error), problem=True)
            return
        yield from self._follow(job, visit)

    def stop(self, request: gr.Request) -> str:
        """Stops the visitor's run after its step, or takes it out of the queue."""
        job = self._visit(request).job
        if job is None or not job.is_running:
            return status("Nothing is running.")
        job.stop()
        return status("Stops after this step.")

    def leave(self, request: gr.Request) -> None:
        """Stops the run of a visitor who has closed the page, a minute later."""
        visit = self._visits.pop(str(request.session_hash), None)
        if visit is not None:
            timer = threading.Timer(self._seconds_after_leaving, visit.close)
            timer.daemon = True
            timer.start()

    def close(self) -> None:
        """Stops all runs, and waits a while for their last steps."""
        jobs = [visit.job for visit in self._visits.values() if visit.job is not None]
        for job in jobs:
            job.stop()
        for job in jobs:
            job.join(SECONDS_TO_CLOSE)

    def _visit(self, request: gr.Request) -> Visit:
        session = str(request.session_hash)
        if session not in self._visits:
            self._visits[session] = Visit(Path(tempfile.mkdtemp(dir=self._folder)))
        return self._visits[session]

    def checker(self, name: str) -> Callable[[str | None], tuple[Any, str]]:
        """What happens with an upload: one that is no image is taken out, with a sentence."""

        def check(path: str | None) -> tuple[Any, str]:
            if path is None:
                return None, status("")
            try:
                check_upload(path, name)
            except PROBLEMS as error:
                return None, status(str(error), problem=True)
            return gr.skip(), status("")

        return check

    def canvas(self, content: str | None) -> tuple[Any, None]:
        """A small copy of the photograph to draw on, and no mask of an earlier one."""
        try:
            ground = None if content is None else read_image(content, CANVAS, "the photograph")
        except PROBLEMS:
            ground = None  # `checker` says what is wrong.
        if ground is None:
            return None, None
        return {"background": ground, "layers": [], "composite": None}, None

    def choose(self, preset: str, earlier: str | None) -> tuple[Any, Any, Any, str]:
        """Fills the form in with the settings of a preset."""
        try:
            return *self._fields(chosen_settings(preset, earlier)), status("")
        except PROBLEMS as error:
            return gr.skip(), gr.skip(), gr.skip(), status(str(error), problem=True)

    def restore(self, earlier: str | None) -> tuple[Any, Any, Any, Any, str]:
        """Fills the form in with the settings of an earlier picture."""
        try:
            found = self._fields(chosen_settings(FROM_PICTURE, earlier))
        except PROBLEMS as error:
            return *[gr.skip()] * 4, status(str(error), problem=True)
        presets = gr.update(choices=[*PRESETS, FROM_PICTURE], value=FROM_PICTURE)
        return presets, *found, status("The settings of the picture are restored.")

    def _fields(self, settings: dict[str, Any]) -> tuple[Any, Any, Any]:
        size = settings["size"]
        size = self._limits.size if size == "none" else min(max(SMALLEST, size), self._limits.size)
        # Shares of the gradient take the place of weights.
        weight = gr.update(
            value=settings.get("content_weight", defaults.CONTENT_WEIGHT),
            interactive="content_weight" in settings,
        )
        return size, weight, settings["color"]

    def _follow(self, job: Job, visit: Visit) -> Iterator[tuple[Any, ...]]:
        latest: Progress | None = None
        place = -1
        while job.is_running:
            if latest is None and job.place != place:
                place = job.place
                yield show(f"Waits for {place} before it." if place else PREPARES)
            if (progress := job.wait(0.5)) is not None:
                latest = progress
                yield show(words(progress), progress)
            if visit.job is not job:
                return  # A new picture has taken its place on the page.
        job.join()
        latest = job.wait(0) or latest
        if job.output.exists():
            yield finished(job, latest, visit)
        else:
            yield show(job.error or "Cancelled.", problem=job.error is not None)
