"""Writes frames as a video, with the audio of another video."""

from __future__ import annotations

import contextlib
import itertools
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..checks import check_number
from ..saving import atomic_write, check_extension
from .decoding import require_av
from .film import FilmStream
from .frames import Video
from .sound import Sound, SoundPlan, plan_sound

FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's name of the container format, by extension."""


def write_video(
    path: str | os.PathLike[str],
    frames: Iterable[np.ndarray],
    timing: Fraction | float | Sequence[Fraction | float],
    sound_of: Video | None = None,
) -> None:
    """Writes an H.264 video; the file is never left incomplete.

    Audio is copied without re-encoding. Tracks that the container cannot hold are encoded as AAC,
    and tracks that cannot be decoded are left out, each with a warning. If `sound_of` is only a
    part of its source, so is the audio.

    Example:
    ```python
    video = open_video("holiday.mp4")
    write_video("copy.mp4", video, video.times, sound_of=video)
    ```

    Args:
        path: Path that ends in .mp4, .mov or .mkv.
        frames: Arrays `(height, width, 3)`, uint8, all of the same size. H.264 needs even sizes, so
            an odd row or column at the edge is dropped.
        timing: Frames per second; or, like `Video.times`, when each frame is shown, in seconds, and
            when the last one ends.
        sound_of: The video whose audio is copied, if it has any.

    Raises:
        ImportError: If PyAV is not installed.
        ValueError: If there are no frames, the extension is not supported, or `timing` is not an
            increasing sequence with one more number than frames.
        OSError: If the file cannot be written.
    """
    form = film_format(path)
    require_av()
    plan = None if sound_of is None else plan_sound(form, sound_of)
    for remark in () if plan is None else plan.remarks:
        warnings.warn(remark, stacklevel=2)
    write_film(path, frames, timing, plan)


def film_format(path: str | os.PathLike[str]) -> str:
    """FFmpeg's name of the container format for a path's extension."""
    return FORMATS[check_extension(Path(path), list(FORMATS))]


def write_film(
    path: str | os.PathLike[str],
    frames: Iterable[np.ndarray],
    timing: Fraction | float | Sequence[Fraction | float],
    plan: SoundPlan | None,
) -> None:
    """Writes a video with the planned audio, if any."""
    import av

    form = film_format(path)
    times, spans = _spans(timing)
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError("A video needs frames. Pass at least one.")
    height, width, _ = first.shape
    with (
        atomic_write(path) as partial,
        contextlib.ExitStack() as files,
        av.open(str(partial), "w", format=form) as container,
    ):
        film = FilmStream(container, (height, width), times)
        sound = None if plan is None else Sound(container, plan, files)
        container.start_encoding()
        count, end = 0, Fraction(0)
        pictures = itertools.chain([first], frames)
        for (begin, end), frame in zip(spans, pictures, strict=False):
            film.add(frame, begin, end)
            count += 1
            if sound is not None:
                sound.copy(end)
        if isinstance(timing, (Sequence, np.ndarray)) and (
            count < len(times) - 1 or next(pictures, None) is not None
        ):
            raise ValueError(
                "Expected one time for each frame, and one more for the end of the last. Received: "
                f"{len(times)} times, but not {len(times) - 1} frames. Pass `Video.times`."
            )
        film.close()
        if sound is not None:
            sound.close(end)


def _spans(
    timing: Fraction | float | Sequence[Fraction | float],
) -> tuple[list[Fraction], Iterator[tuple[Fraction, Fraction]]]:
    """Times that determine the time unit, and the begin and end of each frame, from 0."""
    if isinstance(timing, (Sequence, np.ndarray)):
        times = [Fraction(float(t)) if isinstance(t, np.floating) else Fraction(t) for t in timing]
        times = [time - times[0] for time in times]
        if len(times) < 2 or any(a >= b for a, b in itertools.pairwise(times)):
            raise ValueError(
                "Expected at least two increasing times. Received: "
                f"{[float(time) for time in times[:5]]}... Pass a number for a constant rate."
            )
        return times, itertools.pairwise(times)
    check_number("timing", timing, minimum=0.001)
    rate = Fraction(timing).limit_denominator(100_000)
    return [Fraction(0), 1 / rate], itertools.pairwise(n / rate for n in itertools.count())
