"""Writes frames as a video, with the sound of another one."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..images.files import check_extension, whole_file
from .frames import Video, is_file_of_video, require_av

VIDEO_EXTENSIONS = (".mp4", ".mov", ".mkv")
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
    check_extension(Path(path), VIDEO_EXTENSIONS)
    require_av()
    import av

    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError("Expected frames for a video. Received: none. Pass at least one.")
    height, width = (side - side % 2 for side in first.shape[:2])
    rate = Fraction(rate).limit_denominator(100_000)
    with whole_file(path) as partial, av.open(str(partial), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "16"})
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        context = stream.codec_context
        # Otherwise players guess from the size which colours are meant.
        context.colorspace = context.color_primaries = context.color_trc = BT709
        count = 0
        sound = None if sound_of is None else _Sound(container, sound_of)
        for count, frame in enumerate(itertools.chain([first], frames), start=1):
            pixels = np.ascontiguousarray(frame[:height, :width])
            picture = av.VideoFrame.from_ndarray(pixels, "rgb24")
            picture = picture.reformat(format="yuv420p", dst_colorspace="ITU709")
            picture.pts, picture.time_base = count - 1, 1 / rate
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
        if sound is not None:
            sound.copy(count / rate)


class _Sound:
    """The sound of a video, which goes into another file packet by packet."""

    def __init__(self, container: Any, video: Video) -> None:
        self._container, self._video = container, video
        self._stream = None
        if not is_file_of_video(video.source):
            return
        import av

        with av.open(video.source) as source:
            if source.streams.audio:
                try:
                    template = source.streams.audio[0]
                    self._stream = container.add_stream_from_template(template)
                except ValueError as error:
                    raise ValueError(
                        "Expected a kind of video that can hold the sound of "
                        f"{video.source!r}. Received: {container.format.name} ({error}). Choose a "
                        "name that ends in .mkv."
                    ) from error

    def copy(self, duration: Fraction) -> None:
        """Copies what is heard from the first frame on, for so many seconds."""
        if self._stream is None:
            return
        import av

        begin = self._video.begin
        with av.open(self._video.source) as source:
            for packet in source.demux(source.streams.audio[0]):
                if packet.dts is None or packet.pts is None:
                    continue  # the end of the stream
                base = packet.time_base
                if not begin <= packet.pts * base < begin + duration:
                    continue
                shift = round(begin / base)
                packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                packet.stream = self._stream
                self._container.mux(packet)
