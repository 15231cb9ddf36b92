"""Answers to the page: what it shows of a picture that is on its way, done or refused."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from ...callbacks.figures import draw_losses
from ...images.reading import read_image
from ...images.writing import write_image
from ...text import format_time_left
from .picture import Picture, Snapshot, describe

CANVAS = 768
"""The longer side of what is drawn on, and of pictures on their way, in pixels."""

SKIP: Any = gr.skip()
"""Leaves a part of the page as it is."""


class Answer(NamedTuple):
    """What the parts of the page that belong to a picture show, in the order of the page's list."""

    line: str
    picture: Any = SKIP
    slider: Any = SKIP
    curve: Any = SKIP
    download: Any = SKIP
    settings: Any = SKIP
    gallery: Any = SKIP
    resume: Any = SKIP


def status(text: str, problem: bool = False) -> str:
    """A line that screen readers announce."""
    kind = ' class="problem"' if problem else ""
    return f'<div role="status" aria-live="polite"><p{kind}>{html.escape(text)}</p></div>'


def problem(reason: str | Exception) -> Answer:
    """What is wrong; everything else stays as it is."""
    text = reason if isinstance(reason, str) else describe(reason) or str(reason)
    return Answer(status(text, problem=True))


def progress(snapshot: Snapshot, folder: Path) -> Answer:
    """How far a picture is; `folder` takes what is shown of it."""
    text = "The first step is on its way."
    if snapshot.step:
        loss, left = snapshot.losses["loss"][-1], format_time_left(snapshot.seconds_left)
        text = f"Step {snapshot.step} of {snapshot.all_steps}, loss {loss:.4g}, {left}."
    return Answer(
        status(text),
        picture=_write_small(snapshot, folder),
        curve=_curve(snapshot),
        resume=gr.update(interactive=False),
    )


def finished(picture: Picture, gallery: list[tuple[str, str]]) -> Answer:
    """What the page shows of a picture that is done, or was stopped."""
    text = picture.error or "Done."
    if picture.error is None and picture.is_learned:
        text = "Done. To improve it by steps, drop in the painting itself, and press Start again."
    if picture.error is None and picture.stopped and picture.snapshot is not None:
        text = f"Stopped after step {picture.snapshot.step}."
    output = str(picture.output)
    return Answer(
        status(text, problem=picture.error is not None),
        picture=output,
        slider=(str(picture.content), output) if picture.content.exists() else SKIP,
        curve=_curve(picture.snapshot),
        download=gr.update(value=output, interactive=True),
        settings=gr.update(value=str(picture.sidecar), interactive=True),
        gallery=gallery,
        resume=gr.update(interactive=picture.can_resume),
    )


def _write_small(snapshot: Snapshot, folder: Path) -> Any:
    """Writes a picture on its way, small enough to be sent every second, and removes older ones."""
    image = snapshot.image
    path = folder / f"{snapshot.step:06}.jpg"
    try:
        folder.mkdir(exist_ok=True)
        write_image(path, image if max(image.shape) <= CANVAS else read_image(image, CANVAS))
        for old in sorted(folder.glob("*.jpg"))[:-3]:
            old.unlink(missing_ok=True)
    except OSError:
        return SKIP  # The disk is full; that of the result says so.
    return str(path)


def _curve(snapshot: Snapshot | None) -> Any:
    if snapshot is None:
        return None  # A network has painted at once.
    return draw_losses(snapshot.steps, snapshot.losses) if snapshot.steps else SKIP
