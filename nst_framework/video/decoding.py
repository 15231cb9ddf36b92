"""Decodes the frames of a video file with their timestamps."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .picture import decode_frames, picture_stream, to_pixels
from .times import Stamp, Stamps

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

JUMP_BACK = Fraction(1, 10)
"""Seconds that decoding times may step back before it counts as a jump."""

JUMP_AHEAD = Fraction(10)
"""Seconds that they may step ahead of all streams in formats whose times may jump."""

WITH_DURATIONS = ("mov,mp4,m4a,3gp,3g2,mj2", "dv", "gif")
"""Containers that store frame durations, by FFmpeg's names."""

WITHOUT_PRESENTATION = ("avi",)
"""Containers without presentation times. FFmpeg's guesses are out of order around B-frames, and the
last one is wrong."""

TIMES_MAY_JUMP = 0x0200
"""FFmpeg's flag AVFMT_TS_DISCONT, for containers whose times may jump, such as broadcasts."""

IMAGES_PER_SECOND = Fraction(25)
"""Frame rate of image sequences without durations."""

Frame = tuple[Callable[[], np.ndarray], Stamp]
"""A function that returns a frame's pixels, uint8, and the frame's timestamp.

Pixels are `(height, width, 3)`, or `(height, width, 4)` with alpha."""


def require_av() -> None:
    """Raises an `ImportError` if PyAV is not installed."""
    if importlib.util.find_spec("av") is None:
        raise ImportError("Videos need PyAV: pip install av. Or pass a folder of frames.")


def path_for_ffmpeg(source: str) -> str:
    """The absolute path, because FFmpeg would read the start of `12:30.mp4` as a protocol."""
    return str(Path(source).absolute())


class Decoding:
    """Iterates over the frames of a video file and records what its header says about times."""

    def __init__(self, source: str) -> None:
        require_av()
        self._source = source
        self._first_decoded: Fraction | None = None
        self._tick = Fraction(0)
        self._rates: list[Fraction] = []
        self._form = ""

    def stamps(self, stamps: list[Stamp]) -> Stamps:
        """Combines the timestamps of the decoded frames with the header's information."""
        return Stamps(
            stamps, self._first_decoded, self._tick, self._rates, self._form in WITH_DURATIONS
        )

    def __iter__(self) -> Iterator[Frame]:
        """Yields the frames in display order."""
        import av

        number = 0
        try:
            with av.open(path_for_ffmpeg(self._source)) as container:
                stream = picture_stream(container)
                self._form = container.format.name
                self._tick = stream.time_base or Fraction(1, 1000)
                stated = (stream.guessed_rate, stream.average_rate, stream.base_rate)
                self._rates = [rate for rate in stated if rate] + [IMAGES_PER_SECOND]
                decoded = decode_frames(self._packets(container, stream), stream)
                for pixels, frame in to_pixels(decoded, stream):
                    unit = frame.time_base or self._tick
                    has_time = self._form not in WITHOUT_PRESENTATION
                    stamp = Stamp(
                        _seconds(frame.pts, unit) if has_time else None,
                        _seconds(frame.dts, unit),
                        (frame.duration or 0) * unit,
                    )
                    yield pixels, stamp
                    number += 1
        except av.FFmpegError as error:
            raise ValueError(
                f"Expected {self._source!r} to be a readable video. Received: an error in frame "
                f"{number} ({error.strerror}). Convert the file, or choose other frames."
            ) from error

    def _packets(self, container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
        for packet in continuous_packets(container, [stream, *container.streams.audio]):
            # In Ogg, an empty packet with a timestamp repeats the previous frame.
            if packet.stream is not stream or (not packet.size and packet.dts is not None):
                continue
            if self._first_decoded is None and packet.is_keyframe:
                self._first_decoded = _seconds(packet.dts, packet.time_base)
            yield packet


def continuous_packets(container: InputContainer, streams: list[Stream]) -> Iterator[Packet]:
    """Yields the packets of some streams with timestamps that continue across joined parts.

    When the decoding times of a stream step back, the following packets are shifted so that times
    continue. In broadcasts and on discs, whose clocks may restart, the same happens when times step
    far ahead. FFmpeg does this, too (`ts_discontinuity_detect` in fftools/ffmpeg_demux.c). Here,
    each stream is shifted when it reaches the jump, because the last audio packet of a part often
    follows the first video packet of the next.
    """
    jumps_ahead = bool(container.format.flags & TIMES_MAY_JUMP)
    offsets = [Fraction(0)]  # of each part
    clocks: dict[int, _Clock] = {}
    for packet in container.demux(streams):
        if packet.dts is not None:
            unit = packet.time_base
            clock = clocks.setdefault(packet.stream.index, _Clock(len(offsets) - 1))
            time = packet.dts * unit + offsets[clock.part]
            newest = max(each.expected for each in clocks.values())
            is_ahead = jumps_ahead and clock.last is not None and time > newest + JUMP_AHEAD
            if is_ahead or clock.steps_back(time):
                clock.part = _next_part(offsets, clock, packet.dts * unit)
                time = packet.dts * unit + offsets[clock.part]
            clock.advance(time, (packet.duration or 0) * unit)
            shift = round(offsets[clock.part] / unit)
            packet.dts += shift
            packet.pts = None if packet.pts is None else packet.pts + shift
        yield packet


@dataclass
class _Clock:
    """The position of a stream: its part, and the times of its last and next packet in seconds."""

    part: int
    last: Fraction | None = None
    expected: Fraction = Fraction(0)

    def steps_back(self, time: Fraction) -> bool:
        return self.last is not None and time + JUMP_BACK < self.last

    def advance(self, time: Fraction, duration: Fraction) -> None:
        # An unknown duration is assumed to equal the gap to the previous packet.
        step = duration or max(time - (time if self.last is None else self.last), Fraction(0))
        self.last, self.expected = time, time + step


def _next_part(offsets: list[Fraction], clock: _Clock, time: Fraction) -> int:
    """The part in which a stream continues: one that another stream has reached, or a new one."""
    for part in range(clock.part + 1, len(offsets)):
        if abs(time + offsets[part] - clock.expected) <= JUMP_AHEAD:
            return part
    offsets.append(clock.expected - time)
    return len(offsets) - 1


def _seconds(stamp: int | None, unit: Fraction) -> Fraction | None:
    return None if stamp is None else stamp * unit
