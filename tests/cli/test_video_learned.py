"""`nst video` with a learned painting: frames, resuming, and errors on one line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from command_line import one_error_line
from moving import make_clip
from networks import random_network

from nst_framework import StyleNetwork, read_image, write_image
from nst_framework.cli import main
from nst_framework.style_network.record import Record
from nst_framework.video import open_video, paint_frames, write_video

pytestmark = pytest.mark.usefixtures("clip")


@pytest.fixture
def clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frames = make_clip(4, 48, 64, 8).frames
    for number, frame in enumerate(frames):
        write_image(f"frames/{number}.png", frame)
    write_image("style.png", frames[0])
    write_video("clip.mp4", frames, 10)
    network = random_network(styles=2)
    network.learned = Record(("a", "b"))
    network.save("painting.keras")


def video(*words: str) -> int:
    return main(["video", *words])


def test_frames_equal_those_of_the_python_api() -> None:
    words = ("--output", "out", "--size", "32", "--style-weights", "1", "3", "--steadiness", "0.5")
    assert video("frames", "painting.keras", *words) == 0
    network = StyleNetwork.load("painting.keras")
    frames = [read_image(f"frames/{number}.png") for number in range(4)]
    painted = paint_frames(network, frames, size=32, style=[1, 3], steadiness=0.5)
    for number, frame in enumerate(painted):
        np.testing.assert_array_equal(read_image(f"out/frame-{number:05d}.png"), frame.image)


def test_a_video_keeps_size_and_times_and_records_its_inputs(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert video("clip.mp4", "painting.keras", "--output", "out.mp4", "--every", "2") == 0
    made = open_video("out.mp4")
    assert (made.count, made.rate, made.shape) == (2, 5, (48, 64))
    record = tomllib.loads(Path("out.mp4.toml").read_text())
    assert record["style"] == ["painting.keras"]
    assert set(record["inputs"]) == {"painting.keras", "clip.mp4"}
    assert record["video"]["steadiness"] == 0.9
    assert not {"steps_per_frame", "temporal_weight"} & set(record["video"])
    capfd.readouterr()
    # The sidecar reproduces the video.
    Path("again").mkdir()
    assert video("--config", "out.mp4.toml", "--output", "out.mp4") == 0
    assert "exists already" in capfd.readouterr().out


def test_a_video_resumes_with_the_same_frames(capfd: pytest.CaptureFixture[str]) -> None:
    for folder in ("whole", "out"):
        assert video("frames", "painting.keras", "--output", folder) == 0
    for number in (2, 3):
        Path(f"out/frame-{number:05d}.png").unlink()
    capfd.readouterr()
    assert video("frames", "painting.keras", "--output", "out") == 0
    assert "2 of them done already" in capfd.readouterr().out
    for number in range(4):
        name = f"frame-{number:05d}.png"
        assert Path("out", name).read_bytes() == Path("whole", name).read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["painting.keras", "--steps-per-frame", "3"], "Received: --steps-per-frame."),
        (["painting.keras", "--temporal-weight", "3"], "Received: --temporal-weight."),
        (["painting.keras", "--steadiness", "1"], "at least 0 and below 1"),
        (["style.png", "--steadiness", "0.5"], "Received: --steadiness."),
        (["painting.keras", "--optimizer", "adam"], "Received: --optimizer."),
        (["painting.keras", "--preset", "draft"], "Received: --preset."),
        (["painting.keras", "--color", "placed"], "placed"),
        (["painting.keras", "style.png"], "only one style"),
        (["junk.keras"], "not an archive"),
        (["missing.keras"], "does not exist"),
    ],
)
def test_bad_input_is_reported_on_one_line_before_the_run(
    words: list[str], sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("junk.keras").write_bytes(b"junk")
    assert video("clip.mp4", *words, "--output", "out.mp4") == 2
    assert sentence in one_error_line(capfd)
    assert not Path("out.mp4.frames").exists()
