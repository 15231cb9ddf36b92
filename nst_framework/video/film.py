"""The picture of a film that is written: H.264, each frame at its time."""

from __future__ import annotations

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
"""The number that FFmpeg has for the colours of high-definition television, in all three places."""

SHORTEST_UNIT, FINE_UNIT = Fraction(1, 100_000), Fraction(1, 90_000)
"""A unit of time that is shorter than the first is replaced by the second, that of MPEG."""


class FilmStream:
    """H.264 in an open container, which grows frame by frame.

    Args:
        container: The file.
        shape: Height and width of the frames, in pixels. An odd row or column at the edge is left
            out, as H.264 demands.
        times: When frames begin and end, in seconds, of which the unit of time is found.
    """

    def __init__(
        self, container: OutputContainer, shape: tuple[int, int], times: Sequence[Fraction]
    ) -> None:
        rate = Fraction(len(times) - 1) / (times[-1] - times[0])
        # With B-frames, the length that MP4 states is that of the decoding times, which end early
        # where the last frames are long.
        b_frames = {} if even_rate(times) else {"bf": "0"}
        stream = container.add_stream(
            "libx264", rate=rate.limit_denominator(100_000), options={"crf": "16", **b_frames}
        )
        self._height, self._width = (side - side % 2 for side in shape)
        stream.height, stream.width, stream.pix_fmt = self._height, self._width, "yuv420p"
        self._unit = time_unit(times)
        stream.codec_context.time_base = stream.time_base = self._unit
        # Otherwise players guess from the size which colours are meant.
        stream.colorspace = stream.color_primaries = stream.color_trc = BT709
        self._container, self._stream = container, stream
        self._durations: dict[int, int] = {}

    def add(self, frame: np.ndarray, begin: Fraction, end: Fraction) -> None:
        """Appends a frame that is shown between two times.

        It is `(height, width, 3)`, uint8, or has alpha as a fourth channel, and is put on white.
        """
        import av

        pixels = np.ascontiguousarray(frame[: self._height, : self._width])
        if pixels.shape[2] == 4:
            pixels = read_image(pixels)
        picture = av.VideoFrame.from_ndarray(pixels, "rgb24")
        picture = picture.reformat(format="yuv420p", dst_colorspace="ITU709")
        picture.pts, picture.time_base = round(begin / self._unit), self._unit
        self._durations[picture.pts] = round(end / self._unit) - picture.pts
        self._mux(self._stream.encode(picture))

    def close(self) -> None:
        """Writes the frames that the encoder still has."""
        self._mux(self._stream.encode(None))

    def _mux(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            # What counts for the last frame, which no other one follows.
            packet.duration = self._durations.pop(packet.pts)
            self._container.mux(packet)


def time_unit(times: Sequence[Fraction]) -> Fraction:
    """The greatest unit of which all times are multiples, or a fine one if that is too short."""
    unit = Fraction(0)
    for time in times:
        denominator = math.lcm(unit.denominator, time.denominator)
        unit = Fraction(math.gcd(int(unit * denominator), int(time * denominator)), denominator)
        if 0 < unit < SHORTEST_UNIT:
            return FINE_UNIT
    return unit
