"""One audio track of a video file that is written: copied packet by packet, or re-encoded."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet

ENCODER = "aac"
"""Encoder for audio that cannot be copied; all supported containers can hold AAC."""

ENCODED_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
"""Sample rates, in Hz, that AAC supports; others become 48000."""

BITS_PER_CHANNEL = 96_000
"""Bit rate per channel of encoded audio, in bits per second."""

OPUS_DELAY = Fraction(7, 1000)
"""Seconds that an Opus decoder drops at the start; Matroska shifts the track by them."""

MAX_PREROLL = Fraction(1, 10)
"""Upper limit of a packet's preroll, in seconds; longer packets have a wrong duration."""

TIMES_MAY_REPEAT = 0x20000
"""FFmpeg's flag AVFMT_TS_NONSTRICT, for containers that accept equal timestamps."""

KEPT_TAGS = ("language", "title")


class CopiedTrack:
    """An audio track whose packets are copied."""

    def __init__(self, container: OutputContainer, source: AudioStream, begin: Fraction) -> None:
        self._container, self._begin = container, begin
        self._stream = container.add_stream_from_template(source)
        _describe(self._stream, source)
        self._has_edit_list = container.format.name in ("mp4", "mov")
        self._delay = OPUS_DELAY if source.codec_context.name == "opus" else Fraction(0)
        # In Matroska, the time unit may be longer than a packet.
        may_repeat = container.format.flags & TIMES_MAY_REPEAT
        self._step = 0 if may_repeat else 1
        self._next_dts: int | None = None

    def write(self, packet: Packet) -> None:
        """Writes a packet, unless it ends before the first frame."""
        from av.rational import AVRational

        stamp = packet.dts if packet.pts is None else packet.pts
        assert stamp is not None
        unit = packet.time_base
        # MP4 and QuickTime can mark a packet as needed only to decode the next one.
        length = min((packet.duration or 0) * unit, MAX_PREROLL)
        early = length if self._has_edit_list else self._delay
        if stamp * unit + early < self._begin:
            return
        shift = round(self._begin / unit)
        packet.pts = stamp - shift
        packet.dts = (stamp if packet.dts is None else packet.dts) - shift
        packet.stream = self._stream
        packet.rescale_ts(AVRational(self._stream.time_base or unit))
        # Muxers reject times that step back; FFmpeg fixes them likewise (`mux_fixup_ts` in
        # fftools/ffmpeg_mux.c).
        if self._next_dts is not None and packet.dts < self._next_dts:
            packet.pts, packet.dts = max(packet.pts, self._next_dts), self._next_dts
        self._next_dts = packet.dts + self._step
        self._container.mux(packet)

    def close(self) -> None:
        """Does nothing; all packets are written."""


class EncodedTrack:
    """An audio track that is decoded and re-encoded, up to `end` if given."""

    def __init__(
        self,
        container: OutputContainer,
        source: AudioStream,
        begin: Fraction,
        end: Fraction | None,
    ) -> None:
        if source.codec_context is None:
            raise ValueError("its codec is unknown")
        self._container, self._begin, self._end = container, begin, end
        self._next: Fraction | None = None
        rate = source.sample_rate if source.sample_rate in ENCODED_RATES else 48000
        layouts = {1: "mono", 2: "stereo"}
        layout = layouts.get(source.channels, "5.1")
        self._stream = cast("AudioStream", container.add_stream(ENCODER, rate=rate, layout=layout))
        self._stream.bit_rate = BITS_PER_CHANNEL * self._stream.channels
        _describe(self._stream, source)
        # Trims audio before the first frame, or pads it with silence.
        self._resampler = self._make_resampler(first_pts="0")
        self._kind: tuple[str, str, int] | None = None

    def write(self, packet: Packet) -> None:
        """Decodes a packet and encodes its samples."""
        import av

        try:
            frames = cast("list[AudioFrame]", packet.decode())
        except av.InvalidDataError:
            # As in FFmpeg, a damaged packet becomes silence.
            return
        for frame in frames:
            # Some decoders return their last samples without a timestamp.
            unit = frame.time_base or packet.time_base
            time = self._next if frame.pts is None else frame.pts * unit
            if time is None:
                continue
            self._next = time + Fraction(frame.samples, frame.sample_rate)
            frame.pts, frame.time_base = round((time - self._begin) / unit), unit
            self._encode(frame)

    def close(self) -> None:
        """Flushes the resampler and the encoder."""
        self._encode(None)
        self._container.mux(self._stream.encode(None))

    def _encode(self, frame: AudioFrame | None) -> None:
        if frame is not None:
            kind = (frame.format.name, frame.layout.name, frame.sample_rate)
            if self._kind not in (None, kind):
                # Broadcasts switch between stereo and 5.1.
                self._encode(None)
                self._resampler = self._make_resampler()
            self._kind = kind
        for each in self._resampler.resample(frame):
            if self._end is None or (each.time or 0) < self._end:
                self._container.mux(self._stream.encode(each))

    def _make_resampler(self, **options: str) -> AudioResampler:
        """A resampler to the encoder's format that fills gaps with silence."""
        from av import AudioResampler

        layout, rate = self._stream.layout, self._stream.rate
        return AudioResampler("fltp", layout, rate, 1024, {"async": "1", **options})


def _describe(stream: AudioStream, source: AudioStream) -> None:
    stream.disposition = source.disposition
    stream.metadata.update(
        {tag: source.metadata[tag] for tag in KEPT_TAGS if tag in source.metadata}
    )
