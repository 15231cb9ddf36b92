"""Makes the pictures of the app: one at a time, for visitors who come and go."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from ...callbacks.loss_curves import draw_losses
from ...durations import format_duration
from .form import FROM_PICTURE, PRESETS, Form, as_typed, chosen_settings
from .job import Job
from .queue import Queue
from .uploads import check_upload, collect
from .watcher import Progress

SECONDS_AFTER_LEAVING = 60.0

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
        self._jobs: dict[str, Job] = {}
        self._gallery: dict[str, list[tuple[str, str]]] = {}
        self._queue = Queue()

    def make(
        self,
        content: str | None,
        style: str | None,
        second: str | None,
        drawn: dict[str, Any] | None,
        mask: str | None,
        preset: str,
        size: float,
        weight: float,
        color: str,
        share: float,
        earlier: str | None,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        """Makes a picture, and yields what the page shows of it."""
        try:
            if not 16 <= size <= self._limits.size:
                raise ValueError(
                    f"Expected a size of 16 to {self._limits.size} pixels. Received: {size}."
                )
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            images = collect(folder, content, (style, second), mask or _drawing(drawn))
            form = Form(preset, int(size), float(weight), color, share / 100, earlier)
            output = folder / f"{images.content.stem}-{images.styles[0].stem}.png"
            job = Job(as_typed(form, images, output), folder, self._queue)
        except PROBLEMS as error:
            yield _show(str(error), problem=True)
            return
        if (before := self._jobs.get(str(request.session_hash))) is not None:
            before.stop()
        self._jobs[str(request.session_hash)] = job
        yield from self._follow(job, str(request.session_hash))

    def go_on(self, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Goes on with the picture that was stopped."""
        job = self._jobs.get(str(request.session_hash))
        if job is None or not job.can_go_on:
            yield _show("There is no picture to go on with.", problem=True)
            return
        yield from self._follow(job, str(request.session_hash))

    def stop(self, request: gr.Request) -> str:
        """Stops the visitor's run after its step, or takes it out of the queue."""
        job = self._jobs.get(str(request.session_hash))
        if job is None or not job.is_running:
            return _line("Nothing is running.")
        job.stop()
        return _line("Stops after this step.")

    def leave(self, request: gr.Request) -> None:
        """Stops the run of a visitor who has closed the page, a minute later."""
        job = self._jobs.pop(str(request.session_hash), None)
        self._gallery.pop(str(request.session_hash), None)
        if job is not None:
            timer = threading.Timer(self._seconds_after_leaving, job.stop)
            timer.daemon = True
            timer.start()

    def checker(self, name: str) -> Callable[[str | None], tuple[Any, str]]:
        """What happens with an upload: one that is no image is taken out, with a sentence."""

        def check(path: str | None) -> tuple[Any, str]:
            if path is None:
                return None, _line("")
            try:
                check_upload(path, name)
            except PROBLEMS as error:
                return None, _line(str(error), problem=True)
            return gr.skip(), _line("")

        return check

    def canvas(self, content: str | None) -> Any:
        """The photograph as the ground to draw on, if it is one."""
        try:
            if content is not None:
                check_upload(content, "the photograph")
        except PROBLEMS:
            return gr.skip()
        return {"background": content, "layers": [], "composite": None} if content else None

    def choose(self, preset: str, earlier: str | None) -> tuple[Any, Any, Any, str]:
        """Fills the form in with the settings of a preset."""
        try:
            return *self._fields(chosen_settings(preset, earlier)), _line("")
        except PROBLEMS as error:
            return gr.skip(), gr.skip(), gr.skip(), _line(str(error), problem=True)

    def restore(self, earlier: str | None) -> tuple[Any, Any, Any, Any, str]:
        """Fills the form in with the settings of an earlier picture."""
        try:
            found = self._fields(chosen_settings(FROM_PICTURE, earlier))
        except PROBLEMS as error:
            return *[gr.skip()] * 4, _line(str(error), problem=True)
        presets = gr.update(choices=[*PRESETS, FROM_PICTURE], value=FROM_PICTURE)
        return presets, *found, _line("The settings of the picture are restored.")

    def _fields(self, settings: dict[str, Any]) -> tuple[Any, Any, Any]:
        size = settings["size"]
        size = self._limits.size if size == "none" else min(size, self._limits.size)
        return size, settings.get("content_weight", gr.skip()), settings["color"]

    def _follow(self, job: Job, session: str) -> Iterator[tuple[Any, ...]]:
        latest: Progress | None = None
        try:
            job.start()
        except ValueError as error:
            yield _show(str(error), problem=True)
            return
        place = -1
        while job.is_running:
            if latest is None and job.place != place:
                place = job.place
                yield _show(f"Waits for {place} before it." if place else PREPARES)
            if (progress := job.wait(0.5)) is not None:
                latest = progress
                yield _show(_words(progress), progress)
        job.join()
        latest = job.wait(0) or latest
        if not job.output.exists():
            yield _show(job.error or "Cancelled.", problem=job.error is not None)
            return
        yield self._finished(job, latest, session)

    def _finished(self, job: Job, latest: Progress | None, session: str) -> tuple[Any, ...]:
        from ...images.reading import read_image

        picture = read_image(job.output)
        content = read_image(job.settings["content"], shape=picture.shape[:2])
        step = latest.step if latest else 0
        text = job.error or (f"Stopped after step {step}." if job.stopped else "Done.")
        pictures = self._gallery.setdefault(session, [])
        pictures[:] = [each for each in pictures if each[0] != str(job.output)]
        pictures.append((str(job.output), job.output.stem))
        return (
            _line(text, problem=job.error is not None),
            str(job.output),
            (content, picture),
            _curve(latest) if latest else gr.skip(),
            gr.update(value=str(job.output), interactive=True),
            gr.update(value=str(job.record), interactive=True),
            list(pictures),
            gr.update(interactive=job.can_go_on),
        )


def _line(text: str, problem: bool = False) -> str:
    from .page import status

    return status(text, problem)


def _show(text: str, progress: Progress | None = None, problem: bool = False) -> tuple[Any, ...]:
    line = _line(text, problem)
    off = gr.update(interactive=False)
    if progress is None:
        return line, gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip(), off
    image, curve = progress.image, _curve(progress)
    return line, image, gr.skip(), curve, gr.skip(), gr.skip(), gr.skip(), off


def _curve(progress: Progress) -> Any:
    return draw_losses(progress.steps, progress.losses) if progress.steps else gr.skip()


def _words(progress: Progress) -> str:
    if not progress.step:
        return "The first step is on its way."
    loss = progress.losses["loss"][-1]
    left = format_duration(progress.seconds_left)
    return f"Step {progress.step} of {progress.all_steps}, loss {loss:.4g}, {left} left."


def _drawing(drawn: dict[str, Any] | None) -> np.ndarray | None:
    """What was drawn, as a mask `(height, width)` from 0 to 255; `None` if nothing was."""
    layers = (drawn or {}).get("layers") or []
    if not layers or layers[0].shape[-1] != 4 or not layers[0][..., 3].any():
        return None
    return np.asarray(layers[0][..., 3])
