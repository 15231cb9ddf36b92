"""Reads the frames of a video, or of images in a folder."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..checks import check_integer
from ..images import IMAGE_EXTENSIONS
from ..images.reading import read_image
from .animated import is_animated, read_animated
from .picture import decode_frames, picture_stream, to_pixels

IMAGES_PER_SECOND = Fraction(25)
"""The frame rate of images without one."""


@dataclass(frozen=True)
class Video:
    """The frames of a video, or images that are its frames; iterating reads them one by one.

    Attributes:
        source: Path of the video, of a folder, or a pattern such as `frames/*.png`.
        start: Number of the first frame, from 0.
        count: How many frames there are, of those that are taken.
        every: 1: every frame is taken, 2: every other one.
        rate: Frames a second, so that the video lasts as long as before.
        shape: Height and width of the frames, in pixels.
        digest: SHA-256 of all of their pixels.
    """

    source: str
    start: int
    count: int
    every: int
    rate: Fraction
    shape: tuple[int, int]
    digest: str

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yields the frames, arrays `(height, width, 3)`, uint8."""
        return self.after(0)

    def after(self, done: int) -> Iterator[np.ndarray]:
        """Yields the frames but for the first ones."""
        stop = self.start + self.every * self.count
        frames = _read(self.source)
        return itertools.islice(frames, self.start + self.every * done, stop, self.every)

    @property
    def begin(self) -> Fraction:
        """When the first frame is shown, in seconds after the first one of the source."""
        return self.start / (self.rate * self.every)


def open_video(
    source: str | os.PathLike[str], start: int = 0, stop: int | None = None, every: int = 1
) -> Video:
    """Reads all frames once, so that a broken one is found before the work.

    Args:
        source: Path of a video, for which `pip install nst_framework[video]` is needed; of a folder
            of images, taken in the order of their names; or a pattern such as `frames/*.png`.
        start: Number of the first frame, from 0.
        stop: Number of the frame before which it ends; `None`: after the last.
        every: 1: every frame, 2: every other one.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If PyAV is not installed.
        ValueError: If a frame is broken or of another size, or there is none.
    """
    source = os.fspath(source)
    check_integer("start", start, minimum=0)
    check_integer("every", every, minimum=1)
    digest, count = hashlib.sha256(), 0
    shape: tuple[int, int] | None = None
    for number, frame in enumerate(_read(source)):
        if stop is not None and number >= stop:
            break
        if number < start or (number - start) % every:
            continue
        height, width, _ = frame.shape
        shape = shape or (height, width)
        if shape != (height, width):
            raise ValueError(
                f"Expected all frames of {source!r} to have one size. Received: {width} x {height} "
                f"pixels in frame {number}, and {shape[1]} x {shape[0]} before. Resize them."
            )
        digest.update(frame.tobytes())
        count += 1
    if shape is None:
        end = "its end" if stop is None else stop
        raise ValueError(
            f"Expected {source!r} to have frames from {start} to {end}. Received: none. Choose "
            "other frames."
        )
    rate = _rate(source) / every
    return Video(source, start, count, every, rate, shape, digest.hexdigest())


def is_file_of_video(source: str) -> bool:
    """Whether a source is a video, and not images."""
    path = Path(source)
    return path.is_file() and path.suffix.lower() not in IMAGE_EXTENSIONS


def require_av() -> None:
    """Raises an `ImportError` if PyAV is not installed."""
    if importlib.util.find_spec("av") is None:
        raise ImportError(
            "Expected the package av for videos. Received: none. Install it with `pip install "
            "nst_framework[video]`, or pass a folder of frames."
        )


def _read(source: str) -> Iterator[np.ndarray]:
    if is_animated(source):
        return (pixels for pixels, _ in read_animated(source))
    return _decode(source) if is_file_of_video(source) else map(_read_frame, _images(source))


def _read_frame(path: Path) -> np.ndarray:
    return read_image(path, name="a frame")


def _images(source: str) -> list[Path]:
    path = Path(source)
    # Other programs number frames by %04d.
    pattern = Path(re.sub(r"%0?\d*d", "[0-9]*", source))
    found = path.iterdir() if path.is_dir() else pattern.parent.glob(pattern.name)
    images = sorted(
        (each for each in found if each.suffix.lower() in IMAGE_EXTENSIONS), key=_natural_order
    )
    if not images:
        raise FileNotFoundError(
            "Expected a video, a folder of images or a pattern of their names. Received: "
            f"{source!r}, for which there is no image. Check the path."
        )
    return images


def _natural_order(path: Path) -> list[tuple[int, str]]:
    """Sorts numbers by their value: frame2 comes before frame10."""
    parts = re.split(r"(\d+)", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _decode(source: str) -> Iterator[np.ndarray]:
    require_av()
    import av

    number = 0
    try:
        with av.open(source) as container:
            stream = picture_stream(container)
            for pixels, _ in to_pixels(decode_frames(container.demux(stream), stream), stream):
                yield pixels()
                number += 1
    except av.FFmpegError as error:
        raise ValueError(
            f"Expected {source!r} to be a readable video. Received: an error in frame {number} "
            f"({error.strerror}). Convert the file, or choose other frames."
        ) from error


def _rate(source: str) -> Fraction:
    if is_animated(source):
        shown = [seconds for _, seconds in read_animated(source)]
        return len(shown) / total if (total := sum(shown, Fraction())) else IMAGES_PER_SECOND
    if not is_file_of_video(source):
        return IMAGES_PER_SECOND
    import av

    with av.open(source) as container:
        stream = picture_stream(container)
        return Fraction(stream.average_rate or stream.guessed_rate or IMAGES_PER_SECOND)
