"""Clips that click when they flash, with audio codecs that not every container supports."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import av

from nst_framework.video import open_video, write_video

from .clip import Clip, ffmpeg
from .encoding import H264, Coding, Tone, clicks, even_times, flashes, write_clip

NEAR = 0.03
"""Largest time between click and flash, in seconds; an audio packet is up to 26 ms long."""

MPEG4 = Coding("mpeg4", unit=Fraction(1, 25))
MPEG2 = Coding("mpeg2video", unit=Fraction(1, 25))
MS = Fraction(1, 1000)
STEREO = "stereo"


def clips() -> Iterator[Clip]:
    """All clips of this module."""
    yield _clip("aac.mp4", "AAC, which begins before the picture", _sounding(Tone()))
    yield _clip("aac.ts", "AAC with its headers in the packets", _sounding(Tone()))
    yield _clip("opus.mkv", "Opus, whose start is skipped", _sounding(Tone("libopus")))
    yield _clip("opus.mp4", "the same in MP4", _sounding(Tone("libopus")))
    yield _clip(
        "vorbis.mkv", "Vorbis", _sounding(Tone("vorbis", layout=STEREO, options={"strict": "-2"}))
    )
    yield _clip("flac.mkv", "FLAC", _sounding(Tone("flac")))
    yield _clip("mp3.avi", "MP3 in AVI", _sounding(Tone("libmp3lame"), MPEG4))
    yield _clip("ac3.vob", "AC-3 on a DVD", _sounding(Tone("ac3", layout=STEREO), MPEG2, "dvd"))
    yield _clip("pcm.mov", "PCM", _sounding(Tone("pcm_s16le")))
    yield _clip("dvd.vob", "a DVD's PCM", _sounding(Tone("pcm_dvd", layout=STEREO), MPEG2, "vob"))
    bluray = Tone("pcm_bluray", layout=STEREO)
    yield _clip("bluray.m2ts", "a Blu-ray disc's PCM", _sounding(bluray, form="mpegts"))
    yield _clip("wma.wmv", "WMA", _sounding(Tone("wmav2", options={"b": "128000"}), MPEG4, "asf"))
    yield _clip("adpcm.avi", "ADPCM", _sounding(Tone("adpcm_ms"), MPEG4))
    yield _clip("mulaw.avi", "a camera's mu-law", _sounding(Tone("pcm_mulaw", rate=8000), MPEG4))
    yield _clip("alaw.mov", "a camera's A-law", _sounding(Tone("pcm_alaw", rate=8000)))
    web = Tone("nellymoser", rate=22050)
    yield _clip("web.flv", "an old web video", _sounding(web, Coding("flv", unit=MS)))
    truehd = partial(_by_ffmpeg, options=("-c:a", "truehd", "-strict", -2))
    yield _clip("truehd.mkv", "TrueHD", truehd, needs_ffmpeg=True)
    surround = Tone("ac3", layout="5.1")
    yield _clip("surround.mkv", "5.1 channels", _sounding(surround))
    yield _clip("late.mkv", "audio that begins late", _sounding(Tone(begin=0.5, seconds=1.5)))
    yield _clip("long.mkv", "audio longer than the video", _sounding(Tone(seconds=4.0)))
    yield _clip("cut.ts", "a broadcast from between key frames", _cut)
    yield _clip("tapes.ts", "two recordings joined", _joined_ts, count=2)
    yield _clip("parts.vob", "two parts of a DVD joined", _joined_vob, count=2)
    yield _clip("change.m2ts", "a broadcast that changes its channels", _changing, count=2)
    yield Clip("two.mkv", "two audio streams, the second the default", _two, _check_two)


def _clip(
    name: str,
    stands_for: str,
    make: Callable[[Path], None],
    count: int = 1,
    needs_ffmpeg: bool = False,
) -> Clip:
    return Clip(name, stands_for, make, partial(check_sound, count=count), needs_ffmpeg)


def check_sound(path: Path, count: int = 1) -> None:
    """Compares the times of flashes and clicks in videos made from a clip."""
    for ending in (".mp4", ".mov", ".mkv"):
        with tempfile.TemporaryDirectory() as folder:
            film = write_copy(path, Path(folder) / f"film{ending}")
            seen, heard = flashes(film), clicks(film)
        assert len(seen) == len(heard) == count, f"{ending}: {seen} seen, {heard} heard"
        apart = [abs(a - b) for a, b in zip(seen, heard, strict=True)]
        assert max(apart) < NEAR, f"{ending}: {seen} seen, {heard} heard"


def write_copy(path: Path, film: Path) -> Path:
    """Writes a clip as a video, as `nst video` does."""
    video = open_video(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_video(film, video, video.times, sound_of=video)
    return film


def _sounding(tone: Tone, coding: Coding = H264, form: str | None = None) -> Callable[[Path], None]:
    # The time unit of the MPEG-2 and MPEG-4 encoders is 1/25 s here.
    times = even_times(50, 25) if coding in (MPEG2, MPEG4) else even_times(20, 10)
    return partial(write_clip, times=times, coding=coding, tones=[tone], form=form)


def _by_ffmpeg(path: Path, options: tuple[str | int, ...]) -> None:
    source = path.with_name(f"{path.stem}-source.mkv")
    _sounding(Tone("pcm_s16le", layout=STEREO))(source)
    ffmpeg("-i", source, "-c:v", "copy", *options, path)
    source.unlink()


def _cut(path: Path) -> None:
    """Removes the first packets, up to a point between two key frames."""
    coding = Coding(options={"g": "30", "bf": "2"})
    tone = Tone("mp2", layout=STEREO, click=2.0, seconds=3.0)
    write_clip(path, even_times(75, 25), coding, [tone], flash=2.0)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        places = [packet.pos for packet in container.demux(stream) if packet.size]
    path.write_bytes(path.read_bytes()[places[10] :])


def _joined_ts(path: Path) -> None:
    _sounding(Tone("mp2", layout=STEREO))(path)
    path.write_bytes(2 * path.read_bytes())


def _joined_vob(path: Path) -> None:
    _sounding(Tone("ac3", layout=STEREO), MPEG2, "dvd")(path)
    path.write_bytes(2 * path.read_bytes())


def _changing(path: Path) -> None:
    parts = []
    for layout in ("mono", STEREO):
        _sounding(Tone("pcm_bluray", layout=layout), form="mpegts")(path)
        parts.append(path.read_bytes())
    path.write_bytes(b"".join(parts))


def _two(path: Path) -> None:
    tones = [
        Tone(language="eng", is_default=False),
        Tone("libmp3lame", click=1.5, language="ger"),
    ]
    write_clip(path, even_times(20, 10), tones=tones)


def _check_two(path: Path) -> None:
    check_sound(path)
    for ending in (".mp4", ".mov", ".mkv"):
        with tempfile.TemporaryDirectory() as folder:
            film = write_copy(path, Path(folder) / f"film{ending}")
            with av.open(str(film)) as container:
                default = av.stream.Disposition.default
                found = [
                    (each.language, bool(each.disposition & default))
                    for each in container.streams.audio
                ]
            heard = clicks(film, 1)
        assert found == [("eng", False), ("ger", True)], f"{ending}: {found}"
        assert abs(heard[0] - 1.5) < NEAR, f"{ending}: {heard}"
