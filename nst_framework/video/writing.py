"""Writes frames as a video, with the sound of another one."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..saving import atomic_write, check_extension
from .frames import Video, is_file_of_video, require_av

FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's name of the kind of file, by extension."""

BT709 = 1
"""The number that FFmpeg has for the colours of high-definition television, in all three places."""


def write_video(
    path: str | os.PathLike[str],
    frames: Iterable[np.ndarray],
    rate: Fraction | float,
    sound_of: Video | None = None,
) -> None:
    """Writes a video with H.264; the file is never left incomplete.

    Args:
        path: Path with one of the extensions .mp4, .mov, .mkv.
        frames: Arrays `(height, width, 3)`, uint8, of one size. An odd row or column at the edge is
            left out, as H.264 demands.
        rate: Frames a second.
        sound_of: The video whose sound is copied as it is, if it has any.

    Raises:
        ImportError: If PyAV is not installed.
        ValueError: If there is no frame, the extension is another one, or the file cannot hold that
            sound.
        OSError: If the file cannot be written.
    """
    check_extension(Path(path), list(FORMATS))
    require_av()
    import av

    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError("Expected frames for a video. Received: none. Pass at least one.")
    height, width = (side - side % 2 for side in first.shape[:2])
    rate = Fraction(rate).limit_denominator(100_000)
    if sound_of is not None:
        check_sound(path, sound_of.source)
    with (
        atomic_write(path) as partial,
        contextlib.ExitStack() as files,
        av.open(str(partial), "w") as container,
    ):
        stream = container.add_stream("libx264", rate=rate, options={"crf": "16"})
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        context = stream.codec_context
        # Otherwise players guess from the size which colours are meant.
        context.colorspace = context.color_primaries = context.color_trc = BT709
        sound = None
        if sound_of is not None and is_file_of_video(sound_of.source):
            sound = _Sound(container, sound_of, files)
        for number, frame in enumerate(itertools.chain([first], frames), start=0):
            pixels = np.ascontiguousarray(frame[:height, :width])
            picture = av.VideoFrame.from_ndarray(pixels, "rgb24")
            picture = picture.reformat(format="yuv420p", dst_colorspace="ITU709")
            picture.pts, picture.time_base = number, 1 / rate
            container.mux(stream.encode(picture))
            if sound is not None:
                sound.copy((number + 1) / rate)
        container.mux(stream.encode(None))


def check_sound(path: str | os.PathLike[str], source: str) -> None:
    """Raises a `ValueError` if a video of that name cannot hold the sound of another one."""
    if not is_file_of_video(source):
        return
    import av

    form = FORMATS[Path(path).suffix.lower()]
    with av.open(io.BytesIO(), "w", format=form) as container, av.open(source) as other:
        for stream in other.streams.audio[:1]:
            try:
                container.add_stream_from_template(stream)
            except ValueError as error:
                raise ValueError(
                    f"Expected a kind of video that can hold the sound of {source!r}. Received: "
                    f"{form} ({error}). Choose a name that ends in .mkv."
                ) from error


class _Sound:
    """The sound of a video, which goes into another file packet by packet, beside the frames."""

    def __init__(self, container: Any, video: Video, files: contextlib.ExitStack) -> None:
        import av

        self._container = container
        self._packets: Iterator[Any] = iter(())
        source = files.enter_context(av.open(video.source))
        pictures = source.streams.video[0]
        # Recordings of broadcasts do not begin at 0.
        self._begin = video.begin + (pictures.start_time or 0) * (pictures.time_base or 1)
        if source.streams.audio:
            template = source.streams.audio[0]
            self._stream = container.add_stream_from_template(template)
            self._packets = (each for each in source.demux(template) if each.pts is not None)
        self._next = next(self._packets, None)

    def copy(self, until: Fraction) -> None:
        """Copies what is heard until a time, in seconds after the first frame."""
        while self._next is not None:
            time = self._next.pts * self._next.time_base - self._begin
            if time >= until:
                return
            if time >= 0:
                self._mux(self._next)
            self._next = next(self._packets, None)

    def _mux(self, packet: Any) -> None:
        shift = round(self._begin / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = self._stream
        self._container.mux(packet)
