"""Encodes clips with known times, using PyAV."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

TIME_UNIT = Fraction(1, 90_000)


@dataclass(frozen=True)
class Coding:
    """The encoding of a clip's video stream.

    Attributes:
        codec: FFmpeg's name of the encoder.
        shape: Height and width.
        rate: Frames per second in the header.
        unit: The encoder's time unit, in seconds.
        pixels: FFmpeg's name of the pixel format.
        options: Options of the encoder.
    """

    codec: str = "libx264"
    shape: tuple[int, int] = (32, 48)
    rate: Fraction | int = 25
    unit: Fraction = TIME_UNIT
    pixels: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)


H264 = Coding()

SIMPLE = Coding(options={"bf": "0"})
"""Without B-frames."""


@dataclass(frozen=True)
class Tone:
    """An audio stream with a single click.

    Attributes:
        codec: FFmpeg's name of the encoder.
        click: Time of the click, in seconds.
        seconds: Duration, in seconds.
        rate: Samples per second.
        layout: FFmpeg's name of the channel layout.
        begin: Start time, in seconds.
        language: The language code in the container.
        is_default: Whether it is the default stream.
        options: Options of the encoder.
    """

    codec: str = "aac"
    click: float = 1.0
    seconds: float = 2.0
    rate: int = 48000
    layout: str = "mono"
    begin: float = 0.0
    language: str = ""
    is_default: bool = True
    options: dict[str, str] = field(default_factory=dict)


def even_times(count: int, rate: Fraction | int) -> list[Fraction]:
    """The start times of `count` frames, and the end of the last one."""
    return [number / Fraction(rate) for number in range(count + 1)]


def write_clip(
    path: Path | str,
    times: Sequence[Fraction],
    coding: Coding = H264,
    tones: Sequence[Tone] = (),
    form: str | None = None,
    options: dict[str, str] | None = None,
    flash: float = 1.0,
) -> None:
    """Writes a clip with frames at given times.

    The frames show a moving texture. With sound, they are black except for a white frame at the
    time of the flash.
    """
    rng = np.random.default_rng(0)
    texture = rng.integers(0, 256, (*coding.shape, 3), np.uint8)
    with av.open(str(path), "w", format=form, options=options or {}) as container:
        stream = container.add_stream(
            coding.codec, rate=Fraction(coding.rate), options=coding.options
        )
        stream.height, stream.width = coding.shape
        stream.pix_fmt = coding.pixels
        stream.codec_context.time_base = coding.unit
        sounds = [_add_sound(container, tone) for tone in tones]
        container.start_encoding()
        durations: dict[int, int] = {}
        for number, (begin, end) in enumerate(itertools.pairwise(times)):
            pixels = np.full((*coding.shape, 3), 255 * (begin <= flash < end), np.uint8)
            if not tones:
                pixels = np.roll(texture, 2 * number, axis=1)
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format=coding.pixels)
            frame.pts, frame.time_base = round(begin / coding.unit), coding.unit
            durations[frame.pts] = round(end / coding.unit) - frame.pts
            for packet in stream.encode(frame):
                packet.duration = durations.get(packet.pts, 0)
                container.mux(packet)
        for packet in stream.encode(None):
            packet.duration = durations.get(packet.pts, 0)
            container.mux(packet)
        for sound, tone in zip(sounds, tones, strict=True):
            for samples in _samples(tone):
                container.mux(sound.encode(samples))
            container.mux(sound.encode(None))


def remux(source: Path | str, path: Path | str, form: str | None = None, **options: str) -> None:
    """Copies the packets of a clip into another container, as `ffmpeg -c copy` does."""
    with (
        av.open(str(source)) as other,
        av.open(str(path), "w", format=form, options=options) as container,
    ):
        streams = {
            each.index: container.add_stream_from_template(each, opaque=True)
            for each in other.streams
            if each.type in ("video", "audio")
        }
        for packet in other.demux(*[other.streams[index] for index in streams]):
            if packet.size:
                packet.stream = streams[packet.stream.index]
                container.mux(packet)


def _add_sound(container: av.container.OutputContainer, tone: Tone) -> av.AudioStream:
    sound = container.add_stream(
        tone.codec, rate=tone.rate, layout=tone.layout, options=tone.options
    )
    sound.disposition = av.stream.Disposition.default if tone.is_default else 0
    if tone.language:
        sound.metadata["language"] = tone.language
    return sound


def _samples(tone: Tone) -> list[av.AudioFrame]:
    """Silence with a 1 kHz click of 1/50 s."""
    count, first = round(tone.seconds * tone.rate), round((tone.click - tone.begin) * tone.rate)
    wave = np.zeros(count, np.float32)
    length = tone.rate // 50
    wave[first : first + length] = (
        0.9 * np.sin(np.arange(length) * 2000 * np.pi / tone.rate)[: max(0, count - first)]
    )
    channels = av.AudioLayout(tone.layout).nb_channels
    frames = []
    for start in range(0, count, 1000):
        part = np.ascontiguousarray(np.tile(wave[start : start + 1000], (channels, 1)))
        frame = av.AudioFrame.from_ndarray(part, "fltp", tone.layout)
        frame.sample_rate = tone.rate
        frame.pts = start + round(tone.begin * tone.rate)
        frame.time_base = Fraction(1, tone.rate)
        frames.append(frame)
    return frames


def flashes(path: Path | str) -> list[float]:
    """The times at which a clip turns from black to white, in seconds on its clock."""
    found, was_light = list[float](), False
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.best("video")):
            is_light = bool(np.frombuffer(frame.planes[0], np.uint8).max() > 128)
            if is_light and not was_light:
                found.append(frame.time)
            was_light = is_light
    return found


def clicks(path: Path | str, number: int = 0) -> list[float]:
    """The times at which an audio stream turns from silent to loud, in seconds on its clock."""
    found = list[float]()
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono")
        for frame in container.decode(container.streams.audio[number]):
            for each in resampler.resample(frame):
                loud = np.flatnonzero(np.abs(each.to_ndarray().ravel()) > 0.2)
                times = each.time + loud / each.sample_rate
                found += [time for time in times[:1] if not found or time > found[-1] + 0.1]
    return found
