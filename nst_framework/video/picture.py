"""The picture of a video's frames. A stub."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream


def picture_stream(container: InputContainer) -> VideoStream:
    """The stream of a file that is its film."""
    stream = container.streams.best("video")
    if stream is None:
        raise ValueError(
            f"Expected {container.name!r} to be a video. Received: a file without one. Check the "
            "path."
        )
    return stream  # type: ignore[return-value]


def decode_frames(packets: Iterable[av.Packet], stream: VideoStream) -> Iterator[av.VideoFrame]:
    """Decodes the packets of a stream, of which the last one is empty."""
    for packet in packets:
        yield from packet.decode()  # type: ignore[misc]


def to_pixels(
    frames: Iterable[av.VideoFrame], stream: VideoStream, alpha: bool = False
) -> Iterator[tuple[Callable[[], np.ndarray], av.VideoFrame]]:
    """Yields a function that makes the pixels of each frame, and the frame."""
    for frame in frames:
        yield partial(_pixels, frame), frame


def _pixels(frame: av.VideoFrame) -> np.ndarray:
    pixels = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(pixels, frame.rotation // 90))
