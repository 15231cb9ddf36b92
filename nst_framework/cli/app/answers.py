"""What the page is told.

An answer has a value for each part of the page that a picture changes: the line, the picture, the
slider, the curves, both downloads, the gallery and the button to go on.
"""

from __future__ import annotations

import html
from typing import Any

import gradio as gr
import numpy as np

from ...callbacks.figures import draw_losses
from ...durations import format_duration
from ...images.reading import read_image
from .job import Job
from .visit import Visit
from .watcher import Progress

CANVAS = 768
"""The longer side of what is drawn on, and of pictures on their way, in pixels."""


def status(text: str, problem: bool = False) -> str:
    """A line that screen readers announce."""
    kind = ' class="problem"' if problem else ""
    return f'<div role="status" aria-live="polite"><p{kind}>{html.escape(text)}</p></div>'


def show(text: str, progress: Progress | None = None, problem: bool = False) -> tuple[Any, ...]:
    """A line, and the picture on its way; a problem leaves everything else as it is.

    Args:
        text: The line.
        progress: The picture and its losses.
        problem: Whether the line says what is wrong.

    Returns:
        An answer.
    """
    line = status(text, problem)
    off = gr.skip() if problem else gr.update(interactive=False)
    if progress is None:
        return line, gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip(), gr.skip(), off
    image, curve = thumbnail(progress.image), _curve(progress)
    return line, image, gr.skip(), curve, gr.skip(), gr.skip(), gr.skip(), off


def thumbnail(image: np.ndarray) -> np.ndarray:
    """A picture that is small enough to be sent every second."""
    return image if max(image.shape) <= CANVAS else read_image(image, CANVAS)


def _curve(progress: Progress) -> Any:
    return draw_losses(progress.steps, progress.losses) if progress.steps else gr.skip()


def words(progress: Progress) -> str:
    """How far a picture is, in a sentence."""
    if not progress.step:
        return "The first step is on its way."
    loss = progress.losses["loss"][-1]
    left = format_duration(progress.seconds_left)
    return f"Step {progress.step} of {progress.all_steps}, loss {loss:.4g}, {left} left."


def finished(job: Job, latest: Progress | None, visit: Visit) -> tuple[Any, ...]:
    """What the page shows of a picture that is done, or was stopped."""
    picture = read_image(job.output)
    content = read_image(job.settings["content"], shape=picture.shape[:2])
    text = job.error or (f"Stopped after step {latest.step}." if latest else "Stopped.")
    if job.error is None and not job.stopped:
        text = "Done."
    visit.pictures = [each for each in visit.pictures if each[0] != str(job.output)]
    visit.pictures.append((str(job.output), job.output.stem))
    return (
        status(text, problem=job.error is not None),
        str(job.output),
        (content, picture),
        _curve(latest) if latest else gr.skip(),
        gr.update(value=str(job.output), interactive=True),
        gr.update(value=str(job.record), interactive=True),
        list(visit.pictures),
        gr.update(interactive=job.can_go_on),
    )
