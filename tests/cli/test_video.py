"""`nst video`: frames, video files, resuming, and errors on one line."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from command_line import one_error_line
from moving import make_clip, packet_times
from video_corpus.clip import ffmpeg, has_ffmpeg
from video_corpus.encoding import H264, SIMPLE, Tone, clicks, even_times, write_clip

from nst_framework import read_image, write_image
from nst_framework.cli import main
from nst_framework.video import open_video, write_video

pytestmark = pytest.mark.usefixtures("clip")

RANDOM = ["--network", "random", "--content-layers", "filters_7", "--style-layers", "filters_7"]
QUICK = [*RANDOM, "--size", "32", "--epochs", "1", "--steps-per-epoch", "3", "--tv-weight", "0"]
QUICK += ["--style-weight", "1e6", "--steps-per-frame", "2"]


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    clip = make_clip(5, 48, 64, 8)
    for number, frame in enumerate(clip.frames):
        write_image(f"frames/{number}.png", frame)
    write_image("style.png", clip.frames[0][::-1])
    write_video("clip.mp4", clip.frames, 10)


def video(*words: str) -> int:
    return main(["video", words[0], "style.png", *QUICK, *words[1:]])


TIMES = [Fraction(each, 1000) for each in (0, 100, 133, 700, 1000, 1250)]
"""The times of the frames of a variable-rate clip."""


def written(folder: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path(folder).glob("frame-*.png"))]


def test_a_folder_of_frames_is_made_from_a_folder(capfd: pytest.CaptureFixture[str]) -> None:
    assert video("frames", "--output", "out") == 0
    out, err = capfd.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "5 frames of 64 x 48 pixels, 0 of them done already"
    assert lines[1].startswith("Frame 1/5 - from scratch - ")
    assert "% from the previous frame - " in lines[2]
    assert lines[-1] == "out: 5 frames, 25 per second"
    assert len(written("out")) == 5
    assert read_image("out/frame-00004.png").shape == (24, 32, 3)


def test_a_video_is_made_once_and_then_kept(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert video("clip.mp4", "--output", "out.mp4", "--frames", "1:5", "--every", "2") == 0
    made = open_video("out.mp4")
    assert (made.count, made.rate, made.shape) == (2, 5, (24, 32))
    assert not Path("out.mp4.frames").exists()
    before = Path("out.mp4").stat().st_mtime_ns
    capfd.readouterr()
    assert video("clip.mp4", "--output", "out.mp4", "--frames", "1:5", "--every", "2") == 0
    assert capfd.readouterr().out == "out.mp4 exists already, made with the same settings.\n"
    assert Path("out.mp4").stat().st_mtime_ns == before
    assert video("clip.mp4", "--output", "out.mp4", "--frames", "1:4") == 0
    assert open_video("out.mp4").count == 3


def test_a_folder_keeps_transparency_and_a_video_has_white_instead() -> None:
    for number, frame in enumerate(make_clip(2, 48, 64, 8).frames):
        alpha = np.full((48, 64, 1), 255, np.uint8)
        alpha[:, :32] = 0
        write_image(f"cut-outs/{number}.png", np.dstack([frame, alpha]))
    assert video("cut-outs", "--output", "out") == 0
    for frame in open_video("out"):
        assert (frame[:, :12, 3] == 0).all()
        assert (frame[:, 20:, 3] == 255).all()
    assert video("cut-outs", "--output", "out.mp4") == 0
    for frame in open_video("out.mp4"):
        assert frame.shape == (24, 32, 3)
        assert frame[:, :12].min() > 245
        assert frame[:, 20:].mean() < 220


@pytest.mark.slow
def test_a_killed_video_resumes_with_the_same_frames(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert video("frames", "--output", "whole") == 0
    command = [sys.executable, "-m", "nst_framework", "video", "frames", "style.png", *QUICK]
    for number in (signal.SIGKILL, signal.SIGINT):
        process = subprocess.Popen([*command, "--output", "out"])
        expected = Path(f"out/frame-{len(written('out')):05d}.png")
        while not expected.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        process.wait()
    capfd.readouterr()
    assert video("frames", "--output", "out") == 0
    assert "of them done already" in capfd.readouterr().out
    assert written("out") == written("whole")


def test_changed_settings_or_frames_start_from_scratch() -> None:
    assert video("frames", "--output", "out") == 0
    first = written("out")
    assert video("frames", "--output", "out", "--content-weight", "7000") == 0
    second = written("out")
    assert second != first
    write_image("frames/2.png", read_image("frames/0.png"))
    assert video("frames", "--output", "out", "--content-weight", "7000") == 0
    assert written("out")[:2] == second[:2]
    assert written("out")[2] != second[2]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.mp4"], "which matches no images"),
        (["frames", "--frames", "5:"], "have frames from 5 to its end, but it has none"),
        (["frames", "--frames", "3:2"], "to be FIRST:END"),
        (["frames", "--output", "out.png"], ".mp4, .mov, .mkv"),
        (["clip.mp4", "--output", "clip.mp4"], "leave 'clip.mp4' unchanged"),
        (["frames", "--output", "frames"], "leave 'frames' unchanged"),
        (["frames", "--seed", "3"], "Received: '--seed'. Leave it out"),
        (["frames", "--color", "placed"], "places them anew in each frame"),
        (["frames", "--fps", "0"], "above 0"),
        (["frames", "--steps-per-frame", "0"], "at least 1"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert video(*words) == 2
    assert sentence in one_error_line(capfd)


def test_bad_frames_are_found_before_the_run(
    capfd: pytest.CaptureFixture[str],
) -> None:
    write_image("frames/3.png", np.zeros((48, 60, 3), np.uint8))
    assert video("frames", "--output", "out") == 2
    assert "60 x 48 pixels in frame 3, and 64 x 48 before" in one_error_line(capfd)
    Path("frames/3.png").write_bytes(Path("frames/2.png").read_bytes()[:99])
    assert video("frames", "--output", "out") == 2
    assert "frames/3.png" in one_error_line(capfd)
    with av.open("sound.mp4", "w") as container:
        sound = container.add_stream("aac", rate=8000, layout="mono")
        container.mux(sound.encode(None))
    assert video("sound.mp4", "--output", "out") == 2
    assert one_error_line(capfd)
    assert not Path("out").exists()


def test_wrong_settings_remove_neither_frames_nor_inputs(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert video("frames", "--output", "out", "--frames", ":3") == 0
    before = written("out")
    Path("out/notes.txt").write_text("Of my own.")
    capfd.readouterr()
    assert video("frames", "--output", "out", "--content-layers", "filters_9") == 2
    assert "Unknown layer 'filters_9'" in one_error_line(capfd)
    late = ["--network", "RandomFeatureExtractor,sizes=[4]"]
    assert video("frames", "--output", "out", *late) == 2
    assert one_error_line_after_the_first(capfd)
    assert main(["video", "out", "style.png", *QUICK, "--output", "out"]) == 2
    assert "leave 'out' unchanged" in one_error_line(capfd)
    words = ["--style-masks", "out/frame-00001.png", "--output", "out"]
    assert main(["video", "frames", "style.png", *QUICK, *words]) == 2
    assert "leave 'out/frame-00001.png' unchanged" in one_error_line(capfd)
    write_image("own/frame-00000.png", np.zeros((4, 4, 3), np.uint8))
    assert video("frames", "--output", "own") == 2
    assert "which has other files" in one_error_line(capfd)
    assert written("out") == before
    assert video("frames", "--output", "out", "--frames", ":2") == 0
    assert (len(written("out")), Path("out/notes.txt").exists()) == (2, True)


def one_error_line_after_the_first(capfd: pytest.CaptureFixture[str]) -> bool:
    out, err = capfd.readouterr()
    return out.count("\n") == 1 and err.startswith("nst: error: ") and err.count("\n") == 1


def test_a_video_is_reproduced_from_its_sidecar() -> None:
    words = ["clip.mp4", "--output", "a.mp4", "--frames", "1:5", "--every", "2", "--fps", "7"]
    assert video(*words) == 0
    assert main(["video", "--config", "a.mp4.toml", "--output", "b.mp4", "--quiet"]) == 0
    made, again = open_video("a.mp4"), open_video("b.mp4")
    assert (again.count, again.rate, again.digest) == (2, 7, made.digest)
    # A different rate makes a different video.
    assert main(["video", "--config", "a.mp4.toml", "--output", "b.mp4", "--fps", "9"]) == 0
    assert open_video("b.mp4").rate == 9


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_a_variable_rate_video_keeps_its_times_and_sound(
    ending: str, capfd: pytest.CaptureFixture[str]
) -> None:
    write_clip("screen.mkv", TIMES, SIMPLE, [Tone("flac", click=0.7, seconds=1.25)], flash=0.7)
    output = f"out.{ending}"
    assert video("screen.mkv", "--output", output) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[-1] == f"{output}: 5 frames, at their original times, 4 per second on average"
    encoded = "The sound (flac) of 'screen.mkv' is encoded as AAC, because mov cannot hold it"
    assert sum(line.startswith(encoded) for line in lines) == (ending == "mov")
    assert packet_times(output) == TIMES
    assert clicks(output) == [pytest.approx(0.7, abs=0.03)]
    assert video("screen.mkv", "--output", output) == 0
    assert "exists already" in capfd.readouterr().out
    # Its sidecar reproduces it; with frames at other times, the video differs.
    assert main(["video", "--config", f"{output}.toml", "--output", "b.mkv", "--quiet"]) == 0
    assert packet_times("b.mkv") == TIMES
    write_clip("screen.mkv", even_times(5, 4), SIMPLE, [Tone("flac")], flash=0.6)
    assert main(["video", "--config", f"{output}.toml", "--output", "b.mkv", "--quiet"]) == 0
    assert packet_times("b.mkv") == even_times(5, 4)


def test_a_folder_of_frames_lists_the_times_for_a_video(
    capfd: pytest.CaptureFixture[str],
) -> None:
    write_clip("screen.mkv", TIMES, SIMPLE)
    assert video("screen.mkv", "--output", "out", "--frames", "1:5") == 0
    assert capfd.readouterr().out.splitlines()[-1] == (
        "out: 4 frames, at their original times, 3.48 per second on average"
    )
    assert open_video("out").times == tuple(each - TIMES[1] for each in TIMES[1:])
    first = Path("out/frames.ffconcat").read_text().splitlines()[:4]
    assert first == [
        "ffconcat version 1.0",
        "file frame-00000.png",
        "option framerate 1000000",
        "duration 0.033000",
    ]
    assert video("out", "--output", "out.mp4") == 0
    assert packet_times("out.mp4") == [each - TIMES[1] for each in TIMES[1:]]
    # Making another range removes the frames and the list; with --fps, the times are even.
    assert video("screen.mkv", "--output", "out", "--frames", "1:4", "--fps", "10") == 0
    assert open_video("out").times == tuple(even_times(3, 10))


@pytest.mark.skipif(not has_ffmpeg(), reason="needs ffmpeg")
def test_ffmpeg_reads_the_list_of_frames(tmp_path: Path) -> None:
    write_clip("screen.mkv", TIMES, SIMPLE)
    assert video("screen.mkv", "--output", "out") == 0
    ffmpeg("-safe", 0, "-i", "out/frames.ffconcat", "-fps_mode", "vfr", "film.mp4")
    found = packet_times("film.mp4")
    # FFmpeg repeats the last frame.
    assert np.array(found[:-1], float) == pytest.approx(np.array(TIMES, float), abs=1e-3)


def test_sound_can_be_left_out_and_a_mismatch_is_reported(
    capfd: pytest.CaptureFixture[str],
) -> None:
    write_clip("clip.mp4", even_times(5, 5), H264, [Tone(click=0.6, seconds=1)], flash=0.6)
    assert video("clip.mp4", "--output", "out.mp4", "--fps", "10") == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[2] == (
        "The sound keeps its speed and will not match: with --fps, the video lasts 0.5 s instead "
        "of 1 s. --no-sound leaves it out."
    )
    assert video("clip.mp4", "--output", "out.mp4", "--no-sound") == 0
    with av.open("out.mp4") as container:
        assert not container.streams.audio
    assert video("clip.mp4", "--output", "out.mp4") == 0
    assert clicks("out.mp4") == [pytest.approx(0.6, abs=0.03)]


def test_odd_sizes_are_reported_to_lose_a_row_and_a_column(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert video("frames", "--output", "out.mp4", "--frames", ":1", "--size", "45") == 0
    assert capfd.readouterr().out.splitlines()[1] == (
        "The video has 44 x 34 of 45 x 34 pixels, because H.264 needs even sizes."
    )
    assert open_video("out.mp4").shape == (34, 44)
    assert video("frames", "--output", "out", "--frames", ":1", "--size", "45") == 0
    assert "even sizes" not in capfd.readouterr().out


def test_unsupported_frame_sizes_are_found_before_the_run(
    capfd: pytest.CaptureFixture[str],
) -> None:
    write_image("flat/0.png", np.zeros((1, 64, 3), np.uint8))
    assert main(["video", "flat", "style.png", "--output", "out.mp4", *RANDOM]) == 2
    assert "size that H.264 supports. Received: 64 x 1 pixels" in one_error_line(capfd)
    assert not Path("out.mp4.frames").exists()
