"""The picture of a video's frames. A stub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream


def picture_stream(container: InputContainer) -> VideoStream:
    """The stream that is the film; raises a `ValueError` if there is none."""
    stream = container.streams.best("video")
    if stream is None:
        raise ValueError(
            f"Expected {container.name!r} to be a video. Received: a file without one. Check the "
            "path."
        )
    return stream  # type: ignore[return-value]


class FrameConverter:
    """Makes pixels of a stream's frames."""

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream

    def frames(self, frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """The frames to be shown, with their times."""
        return frames

    def pixels(self, frame: av.VideoFrame) -> np.ndarray:
        """Array `(height, width, 3)`, uint8."""
        pixels = frame.to_ndarray(format="rgb24")
        return np.ascontiguousarray(np.rot90(pixels, frame.rotation // 90))
