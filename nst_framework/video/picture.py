"""Decodes video frames as players show them: upright, progressive, with square pixels."""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PIL import Image

from .color import to_srgb

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that support alpha; FFmpeg's native ones ignore it."""


def picture_stream(container: InputContainer) -> VideoStream:
    """The video stream of a file, ignoring cover images."""
    from av.stream import Disposition

    best = container.streams.best("video")
    candidates = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if candidates:
        return next((stream for stream in candidates if stream is best), candidates[0])
    received = "a file without video" if best is None else "an audio file with a cover image"
    raise ValueError(
        f"Expected {container.name!r} to be a video. Received: {received}. Check the path."
    )


def decode_frames(packets: Iterable[Packet], stream: VideoStream) -> Iterator[av.VideoFrame]:
    """Decodes the packets of a stream; the last packet is empty.

    Alpha of VP8 and VP9 is decoded.
    """
    import av

    decoder = stream.codec_context
    if stream.metadata.get("alpha_mode") == "1" and stream.codec.name in ALPHA_DECODERS:
        other = av.CodecContext.create(ALPHA_DECODERS[stream.codec.name], "r")
        decoder = cast("VideoCodecContext", other)
    for packet in packets:
        yield from decoder.decode(packet)


def to_pixels(
    frames: Iterable[av.VideoFrame], stream: VideoStream
) -> Iterator[tuple[Callable[[], np.ndarray], av.VideoFrame]]:
    """Yields each decoded frame of a stream after a function that returns its pixels.

    Pixels are `(height, width, 3)`, uint8, sRGB, or `(height, width, 4)` if a frame has alpha.
    """
    aspects, deinterlacer = _PixelAspects(stream), _Deinterlacer()
    waiting: deque[tuple[av.VideoFrame, Fraction]] = deque()
    for decoded in itertools.chain(frames, (None,)):
        if decoded is not None:
            waiting.append((decoded, aspects.last_aspect()))
        for progressive in deinterlacer.filter(decoded):
            frame, aspect = waiting.popleft()
            yield partial(_pixels, progressive, aspect, _display_matrix(frame)), frame


def _pixels(frame: av.VideoFrame, aspect: Fraction, display_matrix: np.ndarray) -> np.ndarray:
    return _turn(_square(to_srgb(frame), aspect), display_matrix)


class _PixelAspects:
    """Tracks the pixel aspect ratio (width / height) of a stream while it is decoded."""

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._coded: Fraction | None = None
        self._is_first = True
        self._aspect = stream.sample_aspect_ratio or Fraction(1)

    def last_aspect(self) -> Fraction:
        """The container's or codec's initial ratio, until the codec's ratio changes."""
        coded = self._stream.codec_context.sample_aspect_ratio
        if coded != self._coded and not self._is_first:
            # Broadcasts switch between 4:3 and 16:9.
            self._aspect = coded or Fraction(1)
        self._coded, self._is_first = coded, False
        return self._aspect


class _Deinterlacer:
    """Deinterlaces frames one to one; progressive frames do not change."""

    def __init__(self) -> None:
        self._graph: av.filter.Graph | None = None
        self._kind: tuple[int, int, str] | None = None

    def filter(self, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        """Takes a frame, or `None` after the last; yields the finished frames in order."""
        kind = None if frame is None else (frame.width, frame.height, frame.format.name)
        if self._graph is not None and kind != self._kind:
            self._graph.push(None)
            yield from _pull(self._graph)
            self._graph = None
        if frame is None:
            return
        if self._graph is None and frame.interlaced_frame:
            self._graph, self._kind = _deinterlacing_graph(frame), kind
        if self._graph is None:
            yield frame
        else:
            self._graph.push(frame)
            yield from _pull(self._graph)


def _deinterlacing_graph(frame: av.VideoFrame) -> av.filter.Graph:
    """FFmpeg's deinterlacing filter for frames like this one; its output lags by one frame."""
    import av

    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1, 1000),
    )
    graph.link_nodes(
        source, graph.add("bwdif", mode="send_frame", deint="interlaced"), graph.add("buffersink")
    ).configure()
    return graph


def _pull(graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
    import av

    # These errors mean that the graph needs another frame or has ended.
    with contextlib.suppress(av.BlockingIOError, av.EOFError):
        while True:
            yield graph.vpull()


def _square(pixels: np.ndarray, aspect: Fraction) -> np.ndarray:
    """Resamples to square pixels at the same height; `aspect` is a pixel's width / height."""
    height, width, _ = pixels.shape
    new_width = max(1, round(width * aspect))
    if new_width == width:
        return pixels
    # Pillow weights colors by alpha.
    image = Image.fromarray(pixels).resize((new_width, height), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _display_matrix(frame: av.VideoFrame) -> np.ndarray:
    """Display directions of a frame's right and bottom: `(2, 2)`, rows of x and y."""
    side_data: Any = frame.side_data
    if (matrix := side_data.get("DISPLAYMATRIX")) is not None:
        return np.frombuffer(bytes(matrix), np.int32).reshape(3, 3)[:2, :2]
    return np.eye(2, dtype=np.int32)


def _turn(pixels: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Applies a display matrix to pixels: quarter turns and mirroring."""
    (right_x, right_y), (bottom_x, bottom_y) = matrix.tolist()
    if abs(right_y) + abs(bottom_x) > abs(right_x) + abs(bottom_y):
        pixels = pixels.transpose(1, 0, 2)
        right_x, bottom_y = bottom_x, right_y
    columns = slice(None, None, -1 if right_x < 0 else 1)
    rows = slice(None, None, -1 if bottom_y < 0 else 1)
    return np.ascontiguousarray(pixels[rows, columns])
