"""Frame times are read from every container and kept when a video is written."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from video_corpus import times as corpus
from video_corpus.clip import Clip, ffprobe, has_ffmpeg
from video_corpus.encoding import SIMPLE, even_times, write_clip

from nst_framework import write_image
from nst_framework.video import open_video, write_video
from nst_framework.video.times import Stamp, Stamps, frame_times

CLIPS = list(corpus.clips())
WITHOUT_TIMES = (".h264", ".m2v", ".gif")
"""Clips for which FFmpeg's times are missing, guessed or rounded."""


def made(clip: Clip, folder: Path) -> Path:
    if clip.needs_ffmpeg and not has_ffmpeg():
        pytest.skip("needs ffmpeg and ffprobe")
    path = folder / clip.name
    clip.make(path)
    return path


def packet_times(path: Path) -> list[Fraction]:
    """When a video's frames are shown according to its packets, and when the last one ends."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        unit = stream.time_base
        packets = [packet for packet in container.demux(stream) if packet.size]
    packets.sort(key=lambda packet: packet.pts)
    ends = [packets[-1].pts + packets[-1].duration]
    return [stamp * unit for stamp in [packet.pts for packet in packets] + ends]


def assert_times(found: Sequence[Fraction], right: Sequence[Fraction], within: float) -> None:
    assert len(found) == len(right)
    assert max(abs(a - b) for a, b in zip(found, right, strict=True)) <= within


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_frames_have_the_times_they_were_written_with(clip: Clip, tmp_path: Path) -> None:
    clip.check(made(clip, tmp_path))


@pytest.mark.skipif(not has_ffmpeg(), reason="needs ffprobe")
@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_frame_times_match_ffprobe(clip: Clip, tmp_path: Path) -> None:
    path = made(clip, tmp_path)
    if path.suffix in WITHOUT_TIMES or path.stem in ("telecine", "joined"):
        pytest.skip("ffprobe's times are guesses there")
    entries = "frame=best_effort_timestamp_time"
    text = ffprobe("-select_streams", "v:0", "-show_entries", entries, "-of", "json", path)
    frames = json.loads(text)["frames"]
    probed = [frame.get("best_effort_timestamp_time") for frame in frames]
    # ffprobe has no time for the last frames in AVI, which a decoder returns when flushed.
    known = [Fraction(time) for time in itertools.takewhile(lambda time: time, probed)]
    video = open_video(path)
    assert video.count == len(frames)
    assert len(known) > video.count - 4
    with av.open(str(path)) as container:
        tick = float(container.streams.video[0].time_base)
    assert_times([time - known[0] for time in known], video.times[: len(known)], tick + 1e-6)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_written_videos_keep_frame_times(ending: str, tmp_path: Path) -> None:
    write_clip(tmp_path / "screen.mkv", corpus.SCREEN, SIMPLE)
    video, film = open_video(tmp_path / "screen.mkv"), tmp_path / f"film.{ending}"
    write_video(film, video, video.times)
    assert_times(packet_times(film), corpus.SCREEN, 0)
    assert open_video(film).times == video.times
    with av.open(str(film)) as container:
        seconds = container.duration / av.time_base
    assert seconds == pytest.approx(float(corpus.SCREEN[-1]), abs=0.001)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_times_without_a_common_unit_are_rounded_to_a_fine_one(ending: str, tmp_path: Path) -> None:
    frames = [np.zeros((32, 48, 3), np.uint8)] * 4
    times = [Fraction(0), Fraction(1, 7), Fraction(1, 3), Fraction(10, 11), Fraction(3001, 2999)]
    write_video(tmp_path / f"film.{ending}", frames, times)
    tick = 0.0005 if ending == "mkv" else 1 / 180_000
    assert_times(packet_times(tmp_path / f"film.{ending}"), times, tick + (ending == "mkv") * 0.001)


@pytest.mark.parametrize("times", [[0, 1], [0, 1, 2, 3, 4], [0, 1, 1, 2], [0, 2, 1, 3], [0]])
def test_invalid_times_are_refused(times: list[int], tmp_path: Path) -> None:
    frames = [np.zeros((32, 48, 3), np.uint8)] * 3
    with pytest.raises(ValueError, match=r"Expected .*time.* Received: .*\."):
        write_video(tmp_path / "film.mp4", frames, times)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("timing", [0, -25, float("nan"), True, [0, 1, 1]])
def test_invalid_timing_is_refused_before_the_first_frame(timing: object, tmp_path: Path) -> None:
    def frames() -> Iterator[np.ndarray]:
        raise AssertionError("a frame was made")
        yield

    with pytest.raises(ValueError, match="Expected"):
        write_video(tmp_path / "film.mp4", frames(), timing)  # type: ignore[arg-type]


def test_times_may_be_an_array(tmp_path: Path) -> None:
    frames = [np.zeros((32, 48, 3), np.uint8)] * 3
    write_video(tmp_path / "film.mp4", frames, np.array([1, 1.5, 2, 4]))  # type: ignore[arg-type]
    assert packet_times(tmp_path / "film.mp4") == [0, 0.5, 1, 3]


def test_selected_frames_keep_their_times(tmp_path: Path) -> None:
    path = tmp_path / "screen.mkv"
    write_clip(path, corpus.SCREEN, SIMPLE)
    times = corpus.SCREEN
    part = open_video(path, 3, 10)
    assert part.times == tuple(time - times[3] for time in times[3:11])
    assert (part.begin, part.ends_early) == (times[3], True)
    every = open_video(path, 1, 10, 3)
    assert every.times == tuple(times[number] - times[1] for number in (1, 4, 7, 10))
    assert open_video(path, 3, 13).ends_early is False
    even = tmp_path / "even.mp4"
    write_clip(even, even_times(9, 25), SIMPLE)
    half = open_video(even, every=2)
    assert (half.rate, half.is_even, half.times[-1]) == (12.5, True, Fraction(9, 25))


def stamps(*shown: float | None, duration: float = 0, decoded: Sequence[float] = ()) -> Stamps:
    dts = [Fraction(each) for each in decoded] or [None] * len(shown)
    frames = [
        Stamp(None if time is None else Fraction(time), dts[number], Fraction(duration))
        for number, time in enumerate(shown)
    ]
    return Stamps(frames, dts[0], Fraction(1, 1000), [Fraction(1)])


@pytest.mark.parametrize(
    ("given", "right"),
    [
        (stamps(None, None, None), [0, 1, 2, 3]),
        (stamps(3, 5, 9), [3, 5, 9, 11]),
        (stamps(0, None, 4, 5), [0, 2, 4, 5, 6]),
        (stamps(0, 3, 3, 7), [0, 3, 5, 7, 10]),
        (stamps(None, 3, 7), [-1, 3, 7, 11]),
        (stamps(1, 3, None, None), [1, 3, 5, 7, 9]),
        # One outlier in either direction.
        (stamps(0, 2, 100, 6, 9), [0, 2, 4, 6, 9, 11]),
        (stamps(0, 2, -50, 6, 9), [0, 2, 4, 6, 9, 11]),
        # As for H.264 in AVI.
        (stamps(0, 6, 4, 8, 2, 14, decoded=(4, 6, 8, 10, 12, 14)), [4, 6, 8, 10, 12, 14, 16]),
    ],
)
def test_missing_or_out_of_order_times_are_filled_in(given: Stamps, right: list[float]) -> None:
    assert [float(time) for time in frame_times(given)] == right


@pytest.mark.parametrize(
    "rate", ["24000/1001", "24", "25", "30000/1001", "15", "12.5", "60", "7", "9.99"]
)
@pytest.mark.parametrize("unit", [1000, 600, 90000])
def test_rounded_times_of_a_constant_rate_become_the_rate(rate: str, unit: int) -> None:
    exact = even_times(2000, Fraction(rate))
    frames = [Stamp(Fraction(round(time * unit), unit)) for time in exact[:-1]]
    found = frame_times(Stamps(frames, None, Fraction(1, unit), [Fraction(50)]))
    assert found == exact


def test_times_that_differ_by_more_than_rounding_are_kept() -> None:
    frames = [Stamp(Fraction(ticks, 1000)) for ticks in (0, 40, 83, 120, 157, 200)]
    found = frame_times(Stamps(frames, None, Fraction(1, 1000), [Fraction(25)]))
    assert found[:-1] == [frame.shown for frame in frames]
    # If a tick is as long as a frame, a longer gap is a missing frame, not rounding.
    frames = [Stamp(Fraction(ticks, 30)) for ticks in (0, 1, 3, 4)]
    found = frame_times(Stamps(frames, None, Fraction(1, 30), [Fraction(30)]))
    assert found == [Fraction(ticks, 30) for ticks in (0, 1, 3, 4, 5)]


def test_a_folder_uses_its_frame_list(tmp_path: Path) -> None:
    for number in range(3):
        write_image(tmp_path / f"{number}.png", np.full((8, 9, 3), number, np.uint8))
    assert open_video(tmp_path).times == tuple(even_times(3, 25))
    listed = "ffconcat version 1.0\nfile 0.png\nduration 0.5\nfile '1.png'\nduration 0.25\n"
    path = tmp_path / "frames.ffconcat"
    path.write_text(listed + "file 2.png\nduration 1\nfile 2.png\n")
    assert open_video(tmp_path).times == (0, 0.5, 0.75, 1.75)
    path.write_text(listed)
    with pytest.raises(ValueError, match=r"2\.png'.*not in it"):
        open_video(tmp_path)
    path.write_text(listed.replace("0.25", "soon"))
    with pytest.raises(ValueError, match="durations in seconds.*'soon'"):
        open_video(tmp_path)
