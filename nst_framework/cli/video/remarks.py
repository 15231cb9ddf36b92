"""Remarks on a video that are printed before its first frame is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .folder import is_film
from .presentation import Presentation

if TYPE_CHECKING:
    from ...video import Video
    from ...video.sound import SoundPlan


def source_remarks(source: str) -> Iterator[str]:
    """Files in the folder that are not frames and are skipped."""
    from ...images.folder import describe_skipped, find_images

    if not Path(source).is_file():
        _, others = find_images(source)
        sentence = describe_skipped(source, others)
        if sentence:
            yield f"{sentence[0].upper()}{sentence[1:]}"


def size_remarks(output: str, shape: tuple[int, int]) -> Iterator[str]:
    """An odd row or column that the video leaves out."""
    height, width = shape
    if is_film(output) and (height % 2 or width % 2):
        yield (
            f"The video has {width - width % 2} x {height - height % 2} of {width} x {height} "
            "pixels, because H.264 needs even sizes."
        )


def sound_remarks(
    video: Video, presentation: Presentation, sound: SoundPlan | None
) -> Iterator[str]:
    """Sound that is encoded or left out, and sound that does not match a new rate."""
    if sound is None:
        return
    yield from sound.remarks
    before, after = float(video.times[-1]), float(presentation.times[-1])
    if sound.tracks and abs(after - before) > 1 / video.rate:
        yield (
            f"The sound keeps its speed and will not match: with --fps, the video lasts {after:g} "
            f"s instead of {before:g} s. --no-sound leaves it out."
        )
