"""Updates of the page for a picture that is in progress, finished or refused."""

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
"""The longer side of the canvas for masks, and of pictures in progress, in pixels."""

SKIP: Any = gr.skip()
"""Leaves a component of the page unchanged."""


class Answer(NamedTuple):
    """The values of the components that show a picture, in the order of the page's list."""

    line: str
    picture: Any = SKIP
    slider: Any = SKIP
    curve: Any = SKIP
    download: Any = SKIP
    settings: Any = SKIP
    gallery: Any = SKIP
    resume: Any = SKIP


def status(text: str, problem: bool = False) -> str:
    """The HTML of a status line, which screen readers announce."""
    kind = ' class="problem"' if problem else ""
    return f'<div role="status" aria-live="polite"><p{kind}>{html.escape(text)}</p></div>'


def problem(reason: str | Exception) -> Answer:
    """Shows an error, and leaves everything else unchanged."""
    text = reason if isinstance(reason, str) else describe(reason) or str(reason)
    return Answer(status(text, problem=True))


def progress(snapshot: Snapshot, folder: Path) -> Answer:
    """Shows the progress of a picture; its preview is written to `folder`."""
    text = "Computing the first step."
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
    """Shows a picture that is finished or was stopped."""
    text = picture.error or "Done."
    if picture.error is None and picture.is_learned:
        text = "Done. To refine it, add the painting itself and press Start again."
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
    """Writes a preview small enough to be sent every second, and removes older ones."""
    image = snapshot.image
    path = folder / f"{snapshot.step:06}.jpg"
    try:
        folder.mkdir(exist_ok=True)
        write_image(path, image if max(image.shape) <= CANVAS else read_image(image, CANVAS))
        for old in sorted(folder.glob("*.jpg"))[:-3]:
            old.unlink(missing_ok=True)
    except OSError:
        return SKIP  # The disk is full, which is reported when the result is written.
    return str(path)


def _curve(snapshot: Snapshot | None) -> Any:
    if snapshot is None:
        return None  # A learned painting has no steps.
    return draw_losses(snapshot.steps, snapshot.losses) if snapshot.steps else SKIP
