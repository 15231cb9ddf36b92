"""The event handlers of the page."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import gradio as gr

from ... import defaults
from ...images.reading import read_image
from ...images.writing import write_image
from .answers import CANVAS, SKIP, Answer, finished, problem, progress, status
from .examples import Example
from .form import (
    FROM_PICTURE,
    LEARNED,
    NOT_LEARNED,
    PRESET_CHOICES,
    Form,
    chosen_settings,
    form_settings,
)
from .picture import Picture
from .uploads import check_network_upload, check_upload, collect
from .visits import Lifetime, Upload, Visit, Visits

MIN_SIZE = 64
"""Minimum size of a picture, in pixels."""

FIELDS = ("content", "style", "second", "mask", "earlier", "trained", "drawing")
"""The upload fields of the form."""

MAX_WAITING = 20
"""Maximum length of the queue."""

PREPARING = "Preparing the network, which takes a few seconds."
PROBLEMS = (ValueError, OSError, MemoryError)


@dataclass(frozen=True)
class Limits:
    """The largest longer side of a picture, in pixels, and the largest upload, in MB."""

    size: int = 1024
    megabytes: int = 20


class Events:
    """The event handlers of the page; `folder` is Gradio's cache, which holds the visits' files.

    Gradio calls the handlers in its own threads. Another thread makes the pictures, one at a time,
    in the order in which they were started. Gradio's queue cannot do this: it starts the next event
    when an event is canceled or its page is closed, while the run is still finishing its step.
    """

    def __init__(self, folder: Path, limits: Limits, lifetime: Lifetime | None = None) -> None:
        self._limits = limits
        self._visits = Visits(folder, lifetime or Lifetime())
        self._worker = ThreadPoolExecutor(1)
        self._started: list[Picture] = []
        self._starting = threading.Lock()

    def make(
        self,
        content: Upload,
        style: Upload,
        second: Upload,
        drawing: Upload,
        mask: Upload,
        preset: str,
        size: float | None,
        weight: float | None,
        color: str,
        share: float,
        earlier: Upload,
        learned: str,
        trained: Upload,
        request: gr.Request,
    ) -> Iterator[Answer]:
        """Makes a picture, and yields updates of the page."""
        visit = self._visits.open(request.session_hash)
        folder = self._visits.new_folder()
        try:
            uploads = content, style, second, mask, earlier, trained
            *images, mask_path, restored, network = map(self._visits.path_of, uploads)
            drawn = self._visits.drawn_path(drawing)
            paths = *images, mask_path, restored, network, drawn
            for field, path in zip(FIELDS, paths, strict=True):
                if path is not None:
                    self._visits.use(visit, field, path)
            most = self._limits.size
            if size is None or not MIN_SIZE <= size <= most:
                raise ValueError(f"Expected {MIN_SIZE} to {most} pixels. Received: {size}.")
            if weight is None:
                raise ValueError("Enter a content weight, such as 200.")
            painter = self._painter(learned, network, folder)
            found = collect(folder, images[0], images[1:], mask_path, drawn, painter is None)
            form = Form(preset, int(size), float(weight), color, share / 100, restored, painter)
            style_name = found.styles[0].stem if found.styles else Path(painter or "").stem
            # File names are limited to 255 bytes, and a character may take four.
            name = f"{found.content.stem[:30]}-{style_name[:30]}.png"
            (folder / "picture").mkdir()
            picture = Picture(form_settings(form, found, folder / "picture" / name), folder)
            self._start(picture)
        except PROBLEMS as error:
            shutil.rmtree(folder, ignore_errors=True)
            answer = problem(error)
            yield answer._replace(line=answer.line.replace(f"{folder}/", ""))
            return
        before = visit.add(picture)
        if before is not None:
            before.stop()
            visit.add_result(before)
            before.when_done(before.keep_only_result)
        yield from self._follow(picture, visit)

    def resume(self, request: gr.Request) -> Iterator[Answer]:
        """Resumes the picture that was stopped."""
        visit = self._visits.find(request.session_hash)
        if visit is None or visit.picture is None or not visit.picture.can_resume:
            yield problem("There is no picture to resume. Press Start to make one.")
            return
        try:
            self._start(visit.picture)
        except ValueError as error:
            yield problem(error)
            return
        yield from self._follow(visit.picture, visit)

    def stop(self, request: gr.Request) -> str:
        """Stops the visitor's run after its step, or removes it from the queue."""
        visit = self._visits.find(request.session_hash)
        if visit is None or visit.picture is None or not visit.picture.is_running:
            return status("Nothing is running.")
        visit.picture.stop()
        return status("Stopping after this step.")

    def leave(self, request: gr.Request) -> None:
        """Notes that a visitor closed the page, which stops the run a minute later."""
        self._visits.leave(request.session_hash)

    def check_result(self, request: gr.Request) -> Any:
        """Explains a download that failed because its file was removed; the browser cannot."""
        visit = self._visits.find(request.session_hash)
        if visit is None or visit.picture is None or not visit.picture.output.exists():
            return problem("The picture was removed. Press Start to make it again.").line
        return SKIP

    def close(self) -> None:
        """Stops all runs, and waits for the current step to end."""
        for picture in self._started:
            picture.stop()
        self._worker.shutdown()
        self._visits.close()

    def check(self, field: str, name: str) -> Callable[[Upload, gr.Request], tuple[Any, str]]:
        """A handler that checks an upload, and removes it with an error if it is not an image."""

        def check(upload: Upload, request: gr.Request) -> tuple[Any, str]:
            try:
                path = self._visits.path_of(upload)
                if path is None:
                    return None, status("")
                check_upload(path, name)
            except PROBLEMS as error:
                return None, problem(error).line
            self._visits.use(self._visits.open(request.session_hash), field, path)
            return SKIP, status("")

        return check

    def check_content(self, upload: Upload, request: gr.Request) -> tuple[Any, Any, None, Any]:
        """Checks the photograph, puts a small copy on the canvas, and removes an earlier mask."""
        visit, name = self._visits.open(request.session_hash), "the photograph"
        try:
            path = self._visits.path_of(upload)
            if path is None:
                return SKIP, None, None, SKIP
            image = read_image(check_upload(path, name), CANVAS, name)
            small = self._visits.new_folder() / "photograph.jpg"
            write_image(small, image)
        except PROBLEMS as error:
            return None, None, None, problem(error).line
        self._visits.use(visit, "content", path)
        self._visits.use(visit, "background", small)
        return SKIP, {"background": str(small), "layers": [], "composite": None}, None, status("")

    def check_trained(self, upload: Upload, request: gr.Request) -> tuple[Any, str]:
        """Checks an uploaded learned painting."""
        try:
            path = self._visits.path_of(upload)
            if path is None:
                return None, status("")
            check_network_upload(path)
        except PROBLEMS as error:
            return None, problem(error).line
        self._visits.use(self._visits.open(request.session_hash), "trained", path)
        return SKIP, status("")

    def show_example(self, example: Example) -> Callable[[gr.Request], tuple[Any, Any, str]]:
        """A handler that fills in the images of an example."""

        def show(request: gr.Request) -> tuple[Any, Any, str]:
            try:
                folder = self._visits.new_folder()
                content = str(shutil.copy(example.content, folder))
                style = str(shutil.copy(example.style, folder))
            except PROBLEMS as error:
                return SKIP, SKIP, problem(error).line
            visit = self._visits.open(request.session_hash)
            self._visits.use(visit, "content", content)
            self._visits.use(visit, "style", style)
            return content, style, status("Press Start to make the picture.")

        return show

    def choose(self, preset: str, earlier: Upload) -> tuple[Any, Any, Any, str]:
        """Fills in the form with the settings of a preset."""
        try:
            return *self._fields(chosen_settings(preset, self._visits.path_of(earlier))), status("")
        except PROBLEMS as error:
            return SKIP, SKIP, SKIP, problem(error).line

    def restore(self, earlier: Upload, request: gr.Request) -> tuple[Any, Any, Any, Any, str]:
        """Fills in the form with the settings of an earlier picture."""
        try:
            path = self._visits.path_of(earlier)
            found = self._fields(chosen_settings(FROM_PICTURE, path))
        except PROBLEMS as error:
            return SKIP, SKIP, SKIP, SKIP, problem(error).line
        if path is not None:
            self._visits.use(self._visits.open(request.session_hash), "earlier", path)
        presets = gr.update(choices=[*PRESET_CHOICES, FROM_PICTURE], value=FROM_PICTURE)
        return presets, *found, status("The settings of the picture were restored.")

    def _painter(self, learned: str, network: str | None, folder: Path) -> str | None:
        """The name of the learned painting, or a copy of its file; `None` if none was chosen."""
        if network is not None:
            check_network_upload(network)
            return str(shutil.copyfile(network, folder / Path(network).name))
        if learned not in LEARNED:
            raise ValueError(
                f"Expected a learned painting, one of {', '.join(LEARNED)}. Received: {learned!r}."
            )
        return None if learned == NOT_LEARNED else learned

    def _fields(self, settings: dict[str, Any]) -> tuple[Any, Any, Any]:
        size = settings["size"]
        size = self._limits.size if size == "none" else min(max(MIN_SIZE, size), self._limits.size)
        # With gradient shares there are no weights.
        weight = gr.update(
            value=settings.get("content_weight", defaults.CONTENT_WEIGHT),
            interactive="content_weight" in settings,
        )
        return size, weight, settings["color"]

    def _start(self, picture: Picture) -> None:
        with self._starting:
            if picture.is_running:
                raise ValueError("This picture is already being made.")
            self._started = [each for each in self._started if each.is_running]
            if len(self._started) > MAX_WAITING:
                raise ValueError(f"{MAX_WAITING} pictures are waiting already. Try again later.")
            self._started.append(picture)
            picture.start(self._worker)

    def _queue_position(self, picture: Picture) -> int:
        """How many pictures are made before this one; 0 if it is being made."""
        before = takewhile(lambda each: each is not picture, self._started)
        return sum(each.is_running for each in before)

    def _follow(self, picture: Picture, visit: Visit) -> Iterator[Answer]:
        begin = shown = picture.snapshot
        position = -1
        while picture.is_running:
            if shown is begin and self._queue_position(picture) != position:
                position = self._queue_position(picture)
                others = "1 other picture" if position == 1 else f"{position} other pictures"
                line = f"Waiting for {others}." if position else PREPARING
                yield Answer(status(line), resume=gr.update(interactive=False))
            picture.wait(0.5)
            if visit.picture is not picture:
                return  # The page now shows a newer picture.
            if picture.snapshot is not shown and picture.snapshot is not None:
                shown = picture.snapshot
                yield progress(shown, picture.folder / "progress")
        if picture.output.exists():
            visit.add_result(picture)
            visit.used = time.monotonic()
            yield finished(picture, visit.results)
        else:
            yield problem(picture.error) if picture.error else Answer(status("Canceled."))
