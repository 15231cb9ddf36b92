"""Encodes the frames of a video as H.264, each with its own timestamp."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ..images.reading import read_image
from .times import even_rate

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet

BT709 = 1
"""FFmpeg's code for BT.709 as matrix, primaries and transfer."""

MIN_UNIT, FINE_UNIT = Fraction(1, 100_000), Fraction(1, 90_000)
"""Time units shorter than the first are replaced by the second, MPEG's."""


class FilmStream:
    """An H.264 stream in an open PyAV container, written frame by frame with timestamps.

    Colors are encoded and tagged as BT.709.

    Example:
    ```python
    with av.open("film.mp4", "w") as container:
        film = FilmStream(container, (240, 320), [0, Fraction(1, 25)])
        film.add(first_frame, 0, Fraction(1, 25))
        film.add(second_frame, Fraction(1, 25), 2)
        film.close()
    ```

    Args:
        container: A PyAV output container.
        shape: Height and width of the frames, in pixels. H.264 needs even sizes, so an odd row or
            column at the edge is dropped.
        times: When frames begin, in seconds, and when the last one ends; at least the begin and
            end of the first frame. They determine the time unit.

    Raises:
        ValueError: If H.264 does not support the size.
    """

    def __init__(
        self, container: OutputContainer, shape: tuple[int, int], times: Sequence[Fraction]
    ) -> None:
        from av.video.reformatter import VideoReformatter

        rate = Fraction(len(times) - 1) / (times[-1] - times[0])
        # With B-frames, MP4 derives its duration from decoding times, which end early if the last
        # frames are long.
        b_frames = {} if even_rate(times) else {"bf": "0"}
        stream = container.add_stream(
            "libx264", rate=rate.limit_denominator(100_000), options={"crf": "16", **b_frames}
        )
        self._height, self._width = (side - side % 2 for side in shape)
        if not self._height or not self._width:
            raise _wrong_size(shape, "too small")
        stream.height, stream.width, stream.pix_fmt = self._height, self._width, "yuv420p"
        self._unit = time_unit(times)
        stream.codec_context.time_base = stream.time_base = self._unit
        # Without tags, players guess the color coding from the size.
        stream.colorspace = stream.color_primaries = stream.color_trc = BT709
        # Created once, because it starts threads.
        self._to_yuv = VideoReformatter()
        self._container, self._stream = container, stream
        self._durations: dict[int, int] = {}

    def add(self, frame: np.ndarray, begin: Fraction, end: Fraction) -> None:
        """Appends a frame that is shown from `begin` to `end`, in seconds.

        The frame is `(height, width, 3)`, uint8. A fourth channel is alpha; transparent areas
        become white.
        """
        import av
        from av.video.reformatter import Colorspace

        pixels = np.ascontiguousarray(frame[: self._height, : self._width])
        if pixels.shape[2] == 4:
            pixels = read_image(pixels)
        picture = av.VideoFrame.from_ndarray(pixels, "rgb24")
        picture = self._to_yuv.reformat(picture, format="yuv420p", dst_colorspace=Colorspace.ITU709)
        picture.pts, picture.time_base = round(begin / self._unit), self._unit
        self._durations[picture.pts] = round(end / self._unit) - picture.pts
        self._mux(self._stream.encode(picture))

    def close(self) -> None:
        """Flushes the encoder."""
        self._mux(self._stream.encode(None))

    def _mux(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            # The duration matters for the last frame, which no other frame follows.
            assert packet.pts is not None
            packet.duration = self._durations.pop(packet.pts)
            self._container.mux(packet)


def time_unit(times: Sequence[Fraction]) -> Fraction:
    """The largest unit of which all times are multiples; a fine unit if that is too short."""
    unit = Fraction(0)
    for time in times:
        denominator = math.lcm(unit.denominator, time.denominator)
        unit = Fraction(math.gcd(int(unit * denominator), int(time * denominator)), denominator)
        if 0 < unit < MIN_UNIT:
            return FINE_UNIT
    return unit


def check_film(form: str, shape: tuple[int, int], times: Sequence[Fraction]) -> None:
    """Raises a `ValueError` if a container format cannot hold frames of a height and width."""
    import av

    try:
        with av.open(NullFile(), "w", format=form) as container:
            film = FilmStream(container, shape, times)
            film.add(np.zeros((*shape, 3), np.uint8), Fraction(0), times[1] - times[0])
            film.close()
    except av.FFmpegError as error:
        raise _wrong_size(shape, error.strerror or "refused") from error


def _wrong_size(shape: tuple[int, int], reason: str) -> ValueError:
    return ValueError(
        f"Expected frames of a size that H.264 supports. Received: {shape[1]} x {shape[0]} pixels "
        f"({reason}). Choose another size, or write the frames to a folder."
    )


class NullFile(io.RawIOBase):
    """A seekable file that discards what is written."""

    def __init__(self) -> None:
        self._position = self._length = 0

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Counts the bytes."""
        self._position += len(data)
        self._length = max(self._length, self._position)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a position."""
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}
        self._position = begin[whence] + offset
        return self._position

    def tell(self) -> int:
        """Returns the position."""
        return self._position

    def writable(self) -> bool:
        """Returns true."""
        return True

    def seekable(self) -> bool:
        """Returns true."""
        return True
