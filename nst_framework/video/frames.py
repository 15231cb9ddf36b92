"""Reads the frames of a video, or of images in a folder."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from ..checks import check_integer
from ..images import READ_EXTENSIONS
from ..images.folder import count_formats, find_images
from .animated import is_animated, read_animated, read_frame
from .decoding import IMAGES_PER_SECOND, Decoding, Frame
from .frame_list import listed_duration, read_frame_list
from .times import Stamp, Stamps, even_rate, frame_times

HUNDREDTH, MILLISECOND = Fraction(1, 100), Fraction(1, 1000)


@dataclass(frozen=True)
class Video:
    """The frames of a video, or images that are its frames; iterating reads them one by one.

    Attributes:
        source: Path of the video, of a folder, or a pattern such as `frames/*.png`.
        start: Number of the first frame, from 0.
        count: How many frames there are, of those that are taken.
        every: 1: every frame is taken, 2: every other one.
        times: When each frame is shown, in seconds after the first one, and, as the last of
            `count + 1` numbers, when the last frame ends.
        begin: When the first frame is shown, in seconds on the clock of the file, by which its
            sound is timed.
        ends_early: Whether the source has frames after those that are taken.
        shape: Height and width of the frames, in pixels.
        digest: SHA-256 of all of their pixels.
    """

    source: str
    start: int
    count: int
    every: int
    times: tuple[Fraction, ...]
    begin: Fraction
    ends_early: bool
    shape: tuple[int, int]
    digest: str

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yields the frames, arrays `(height, width, 3)`, uint8; 4 channels if they have alpha."""
        return self.after(0)

    def after(self, done: int) -> Iterator[np.ndarray]:
        """Yields the frames but for the first ones."""
        stop = self.start + self.every * self.count
        frames = iter(_frames(self.source))
        taken = itertools.islice(frames, self.start + self.every * done, stop, self.every)
        return (pixels() for pixels, _ in taken)

    @property
    def rate(self) -> Fraction:
        """Frames a second; where they are not evenly spaced, on average."""
        return even_rate(self.times) or self.count / self.times[-1]

    @property
    def is_even(self) -> bool:
        """Whether the frames are evenly spaced."""
        return even_rate(self.times) is not None


def open_video(
    source: str | os.PathLike[str], start: int = 0, stop: int | None = None, every: int = 1
) -> Video:
    """Reads all frames once, so that a broken one is found before the work.

    Each frame keeps the time at which the file shows it. With `every`, the video lasts as long as
    with all frames.

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
    digest, stamps, end = hashlib.sha256(), list[Stamp](), 0
    shape: tuple[int, int] | None = None
    frames = _frames(source)
    for number, (pixels, stamp) in enumerate(frames):
        stamps.append(stamp)
        if stop is not None and number >= stop:
            break
        end = number + 1
        if number < start or (number - start) % every:
            continue
        frame = pixels()
        height, width, _ = frame.shape
        shape = shape or (height, width)
        if shape != (height, width):
            raise ValueError(
                f"Expected all frames of {source!r} to have one size. Received: {width} x {height} "
                f"pixels in frame {number}, and {shape[1]} x {shape[0]} before. Resize them."
            )
        digest.update(frame.tobytes())
    if shape is None:
        until = "its end" if stop is None else stop
        raise ValueError(
            f"Expected {source!r} to have frames from {start} to {until}. Received: none. Choose "
            "other frames."
        )
    clock = frame_times(frames.stamps(stamps))
    begin = clock[start]
    times = tuple(time - begin for time in (*clock[start:end:every], clock[end]))
    ends_early = end < len(stamps)
    count = len(times) - 1
    return Video(source, start, count, every, times, begin, ends_early, shape, digest.hexdigest())


def is_file_of_video(source: str) -> bool:
    """Whether a source is a video, and not images."""
    path = Path(source)
    return path.is_file() and path.suffix.lower() not in READ_EXTENSIONS


class _Images:
    """Images, each of which is a frame."""

    def __init__(self, source: str) -> None:
        self._paths = _images(source)
        self._durations = read_frame_list(self._paths[0].parent)

    def __iter__(self) -> Iterator[Frame]:
        time = Fraction(0)
        for path in self._paths:
            duration = 1 / IMAGES_PER_SECOND
            if self._durations:
                duration = listed_duration(self._durations, path)
            yield partial(_read_frame, path), Stamp(time, None, duration)
            time += duration

    def stamps(self, stamps: list[Stamp]) -> Stamps:
        """What the images say about their times."""
        return Stamps(stamps, None, MILLISECOND, [IMAGES_PER_SECOND], has_durations=True)


class _Animation:
    """An image of several frames."""

    def __init__(self, source: str) -> None:
        self._path = Path(source)

    def __iter__(self) -> Iterator[Frame]:
        time = Fraction(0)
        for frame, duration in read_animated(self._path):
            # The pages of a TIFF have no durations.
            duration = duration or 1 / IMAGES_PER_SECOND
            yield partial(np.asarray, frame), Stamp(time, None, duration)
            time += duration

    def stamps(self, stamps: list[Stamp]) -> Stamps:
        """What the file says about its times."""
        # GIF counts hundredths of a second, so that 15 frames a second are 7, 6, 7.
        tick = HUNDREDTH if self._path.suffix.lower() == ".gif" else MILLISECOND
        return Stamps(stamps, None, tick, [IMAGES_PER_SECOND], has_durations=True)


def _frames(source: str) -> Decoding | _Animation | _Images:
    if Path(source).is_file() and is_animated(Path(source)):
        return _Animation(source)
    return Decoding(source) if is_file_of_video(source) else _Images(source)


def _read_frame(path: Path) -> np.ndarray:
    if is_animated(path):
        raise ValueError(
            f"Expected each frame to be one picture. Received: {str(path)!r}, an animation. Pass "
            "it as the video."
        )
    return read_frame(path)


def _images(source: str) -> list[Path]:
    images, others = find_images(source)
    if not images:
        formats = f" but {count_formats(others)}" if others else ""
        raise FileNotFoundError(
            "Expected a video, a folder of images or a pattern of their names. Received: "
            f"{source!r}, for which there is no image{formats}. Check the path."
        )
    return images
