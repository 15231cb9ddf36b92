"""Clips whose frame times differ from those in the header or from a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

from PIL import Image

from nst_framework.video import open_video

from .clip import Clip, ffmpeg
from .encoding import SIMPLE, Coding, Tone, even_times, remux, write_clip

SCREEN = [
    Fraction(each, 1000)
    for each in accumulate([0, 100, 33, 34, 33, 500, 17, 17, 250, 33, 33, 33, 900, 40])
]
"""The times of a screen recording, which has a frame whenever something moves, in seconds."""

RECORDER = [
    Fraction(each, 1000)
    for each in accumulate([0, 140, 126, 134, 133, 120, 147, 133, 134, 133, 101, 165, 134])
]
"""The times of a browser's camera recording, about 7.5 frames per second, in seconds."""

HELD = [*even_times(9, 25), Fraction(9, 25) + 2]
FILM, TELEVISION = Fraction(24000, 1001), Fraction(30000, 1001)
B_FRAMES = {"bf": "3", "b_strategy": "0", "g": "60"}
MPEG2 = Coding("mpeg2video", rate=TELEVISION, unit=1 / TELEVISION, options={"g": "12", "bf": "0"})


def clips() -> Iterator[Clip]:
    """All clips of this module; the correct times are known from their construction."""
    yield _clip("pal.dv", "a camcorder's tape, PAL", _dv, even_times(10, 25))
    yield _clip("h264.avi", "H.264 in AVI, without presentation times", _avi, even_times(40, 25))
    yield _clip("copy.avi", "H.264 copied into AVI", _copied_avi, even_times(50, 25), True)
    for form in ("mkv", "mp4", "mov"):
        make = partial(write_clip, times=SCREEN, coding=SIMPLE)
        yield _clip(f"screen.{form}", "a recording of a screen, variable rate", make, SCREEN)
    # With B-frames, MP4 does not contain the duration of the last frame.
    check = partial(check_times, times=SCREEN[:-1])
    yield Clip("b.mp4", "the same with B-frames", partial(write_clip, times=SCREEN), check)
    yield _clip("recorder.webm", "a browser's recorder, without a rate", _recorder, RECORDER)
    yield _clip("telecine.vob", "a film on a DVD, soft telecine", _telecine, even_times(40, FILM))
    yield _clip("fifteen.gif", "GIF of 15 frames per second", _gif, even_times(30, 15))
    yield _clip("raw30.h264", "H.264 without a container", _raw(30), even_times(20, 30))
    yield _clip("raw24.h264", "the same at a film's rate", _raw(FILM), even_times(20, FILM))
    yield _clip("raw.m2v", "MPEG-2 without a container", _raw_mpeg2, even_times(20, TELEVISION))
    yield _clip("film.m2v", "the same, soft telecine", _raw_telecine, even_times(40, FILM))
    yield _clip("unit600.mp4", "a unit of time of 1/600 s", _unit600, even_times(40, TELEVISION))
    yield _clip("copy600.mp4", "a cut copy in that unit", _copied600, even_times(40, 25), True)
    yield _clip("trimmed.mp4", "an edit list that cuts", _trimmed, even_times(30, 25), True)
    yield _clip("early.mkv", "times that begin below 0", _shifted(Fraction(-1, 5)), SCREEN)
    yield _clip("late.mp4", "times that begin at 90 s", _shifted(Fraction(90)), SCREEN)
    yield _clip("pyramid.mkv", "B-frames between B-frames", _pyramid, even_times(30, 25))
    yield _clip("held.mp4", "a last frame of two seconds", partial(write_clip, times=HELD), HELD)
    one = [Fraction(0), Fraction(1)]
    yield _clip("one.mp4", "one frame", partial(write_clip, times=one), one)
    yield _clip("joined.ts", "two recordings joined", _joined, even_times(40, 25))


def _clip(
    name: str,
    stands_for: str,
    make: Callable[[Path], None],
    times: Sequence[Fraction],
    needs_ffmpeg: bool = False,
) -> Clip:
    return Clip(name, stands_for, make, partial(check_times, times=times), needs_ffmpeg)


def check_times(path: Path, times: Sequence[Fraction]) -> None:
    """Compares the times that are read with the correct ones, except for the end."""
    video = open_video(path)
    expected = [round(float(time), 4) for time in times]
    found = [round(float(time), 4) for time in video.times[: max(len(times), video.count)]]
    assert found == expected, f"{found} is not {expected}"


def _dv(path: Path) -> None:
    coding = Coding("dvvideo", (576, 720), 25, Fraction(1, 25))
    write_clip(path, even_times(10, 25), coding, [Tone("pcm_s16le", 0, 0.4, layout="stereo")])


def _avi(path: Path) -> None:
    # As in a copied stream, the header contains the field rate.
    write_clip(path, even_times(40, 25), Coding(rate=50, unit=Fraction(1, 50), options=B_FRAMES))


def _copied_avi(path: Path) -> None:
    source = path.with_suffix(".mp4")
    write_clip(source, even_times(50, 25), Coding(options=B_FRAMES))
    ffmpeg("-i", source, "-c", "copy", path)
    source.unlink()


def _recorder(path: Path) -> None:
    """Imitates Chromium, which writes no default duration, no length and no index."""
    coding = Coding("libvpx", rate=60, unit=Fraction(1, 1000), options={"deadline": "realtime"})
    write_clip(path, RECORDER, coding, options={"live": "1"})
    data = path.read_bytes()
    at = data.index(b"\x23\xe3\x83")
    length = 2 + (data[at + 3] & 0x7F)
    void = bytes([0xEC, 0x80 | length]) + bytes(length)
    path.write_bytes(data[:at] + void + data[at + len(void) :])


def _telecine(path: Path) -> None:
    source = path.with_suffix(".m2v")
    _raw_telecine(source)
    remux(source, path, "dvd")
    source.unlink()


def _raw_telecine(path: Path) -> None:
    """Sets the flags by which a player shows 24 frames as 60 fields."""
    write_clip(path, even_times(40, TELEVISION), MPEG2, form="mpeg2video")
    data = bytearray(path.read_bytes())
    # Three fields starting with the top one, two starting with the bottom one, three, and two.
    flags = [(1, 1), (0, 0), (0, 1), (1, 0)]
    at, number = data.find(b"\x00\x00\x01\xb5"), 0
    while at >= 0:
        if data[at + 4] >> 4 == 1:
            data[at + 5] &= ~0x08 & 0xFF  # not a progressive sequence
        if data[at + 4] >> 4 == 8:
            top, repeat = flags[number % 4]
            data[at + 7] = data[at + 7] & 0x7D | top << 7 | repeat << 1
            data[at + 8] |= 0x80  # a progressive frame
            number += 1
        at = data.find(b"\x00\x00\x01\xb5", at + 4)
    path.write_bytes(data)


def _gif(path: Path) -> None:
    frames = [Image.new("RGB", (48, 32), (20 * (n % 12),) * 3) for n in range(30)]
    ends = [round(Fraction(100 * n, 15)) for n in range(31)]
    durations = [10 * (after - before) for before, after in pairwise(ends)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations)


def _raw(rate: Fraction | int) -> Callable[[Path], None]:
    coding = Coding(rate=rate, unit=1 / Fraction(rate), options=B_FRAMES)
    return partial(write_clip, times=even_times(20, rate), coding=coding, form="h264")


def _raw_mpeg2(path: Path) -> None:
    write_clip(path, even_times(20, TELEVISION), MPEG2, form="mpeg2video")


def _unit600(path: Path) -> None:
    coding = Coding(unit=Fraction(1, 600), rate=TELEVISION)
    write_clip(path, even_times(40, TELEVISION), coding, options={"video_track_timescale": "600"})


def _copied600(path: Path) -> None:
    source = path.with_suffix(".mkv")
    write_clip(source, even_times(50, 25), Coding(options=B_FRAMES))
    ffmpeg("-ss", 0.4, "-i", source, "-c", "copy", "-video_track_timescale", 600, path)
    source.unlink()


def _trimmed(path: Path) -> None:
    source = path.with_name("untrimmed.mp4")
    write_clip(source, even_times(50, 25), Coding(options=B_FRAMES))
    ffmpeg("-ss", 0.8, "-i", source, "-c", "copy", path)
    source.unlink()


def _shifted(by: Fraction) -> Callable[[Path], None]:
    return partial(write_clip, times=[time + by for time in SCREEN], coding=SIMPLE)


def _pyramid(path: Path) -> None:
    options = {**B_FRAMES, "b-pyramid": "normal", "bf": "7"}
    write_clip(path, even_times(30, 25), Coding(options=options))


def _joined(path: Path) -> None:
    write_clip(path, even_times(20, 25), Coding(options=B_FRAMES))
    path.write_bytes(path.read_bytes() * 2)
