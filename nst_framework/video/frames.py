"""Reads the frames of a video, an animation or a sequence of images."""

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
    """The selected frames of a video or image sequence; iterating reads them one by one.

    Attributes:
        source: Path of a video or folder, or a pattern such as `frames/*.png`.
        start: Index of the first selected frame, from 0.
        count: Number of selected frames.
        every: Step between selected frames: 1 selects every frame, 2 every other one.
        times: When each frame is shown, in seconds after the first one; the last of the
            `count + 1` numbers is when the last frame ends.
        begin: When the first frame is shown, in seconds on the file's clock, which also times its
            sound.
        ends_early: Whether the source has frames after the selected ones.
        shape: Height and width of the frames, in pixels.
        digest: SHA-256 of the pixels of all selected frames.
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
        """Yields the frames: arrays `(height, width, 3)`, uint8, or 4 channels with alpha."""
        return self.after(0)

    def after(self, done: int) -> Iterator[np.ndarray]:
        """Yields the frames after the first `done` ones."""
        stop = self.start + self.every * self.count
        frames = iter(_frames(self.source))
        taken = itertools.islice(frames, self.start + self.every * done, stop, self.every)
        return (pixels() for pixels, _ in taken)

    @property
    def rate(self) -> Fraction:
        """Frames per second; the average if frames are not evenly spaced."""
        return even_rate(self.times) or self.count / self.times[-1]

    @property
    def is_even(self) -> bool:
        """Whether the frames are evenly spaced."""
        return even_rate(self.times) is not None


def open_video(
    source: str | os.PathLike[str], start: int = 0, stop: int | None = None, every: int = 1
) -> Video:
    """Opens a video or image sequence, and reads all frames once to check them.

    Each frame keeps its timestamp. With `every`, the duration of the video does not change.

    Example:
    ```python
    video = open_video("holiday.mp4", every=2)
    print(video.count, video.shape, float(video.rate))
    ```

    Args:
        source: Path of a video, which needs `pip install nst_framework[video]`; a folder of images,
            read in the order of their names; or a pattern such as `frames/*.png`.
        start: Index of the first frame, from 0.
        stop: Index of the frame before which to stop; `None` reads to the end.
        every: Step between frames: 1 selects every frame, 2 every other one.

    Returns:
        The selected frames; iterating over the `Video` reads them again, one by one.

    Raises:
        FileNotFoundError: If the source does not exist.
        ImportError: If PyAV is not installed.
        ValueError: If a frame is damaged or differs in size, or no frame is selected.
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
            f"Expected {source!r} to have frames from {start} to {until}, but it has "
            "none. Choose other frames."
        )
    clock = frame_times(frames.stamps(stamps))
    begin = clock[start]
    times = tuple(time - begin for time in (*clock[start:end:every], clock[end]))
    ends_early = end < len(stamps)
    count = len(times) - 1
    return Video(source, start, count, every, times, begin, ends_early, shape, digest.hexdigest())


def is_video_file(source: str) -> bool:
    """Whether a source is a video file, not an image or images."""
    path = Path(source)
    return path.is_file() and path.suffix.lower() not in READ_EXTENSIONS


class _Images:
    """A sequence of images, one per frame."""

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
        """Combines the timestamps with the rate of image sequences."""
        return Stamps(stamps, None, MILLISECOND, [IMAGES_PER_SECOND], has_durations=True)


class _Animation:
    """An image with several frames."""

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
        """Combines the timestamps with the format's time unit."""
        # GIF counts hundredths of a second, so 15 frames per second last 7, 6, 7.
        tick = HUNDREDTH if self._path.suffix.lower() == ".gif" else MILLISECOND
        return Stamps(stamps, None, tick, [IMAGES_PER_SECOND], has_durations=True)


def _frames(source: str) -> Decoding | _Animation | _Images:
    if Path(source).is_file() and is_animated(Path(source)):
        return _Animation(source)
    return Decoding(source) if is_video_file(source) else _Images(source)


def _read_frame(path: Path) -> np.ndarray:
    if is_animated(path):
        raise ValueError(
            f"Expected each frame to be a single image. Received: {str(path)!r}, an animation. "
            "Pass it as the video."
        )
    return read_frame(path)


def _images(source: str) -> list[Path]:
    images, others = find_images(source)
    if not images:
        formats = f", only {count_formats(others)}" if others else ""
        raise FileNotFoundError(
            "Expected a video, a folder of images or a pattern of their names. Received: "
            f"{source!r}, which matches no images{formats}. Check the path."
        )
    return images
