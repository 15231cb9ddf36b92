"""Reading and writing video files: frames, rate, colors, sound and errors."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from moving import make_clip

from nst_framework import write_image
from nst_framework.video import open_video, write_video

pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def numbered(count: int) -> list[np.ndarray]:
    """Frames whose gray level is 20 times their number, from 0 to 11."""
    return [np.full((32, 48, 3), 20 * number % 240, np.uint8) for number in range(count)]


def make_video_with_sound(path: str, count: int, rate: int) -> None:
    """A video with an AAC tone of the same duration."""
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        sound = container.add_stream("aac", rate=8000, layout="mono")
        for frame in numbered(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode(None))
        times = np.arange(8000 * count // rate) / 8000
        tone = np.sin(2 * np.pi * 440 * times).astype(np.float32)[None]
        samples = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
        samples.sample_rate = 8000
        samples.pts = 0
        container.mux(sound.encode(samples))
        container.mux(sound.encode(None))


def sound_seconds(path: str) -> float:
    with av.open(path) as container:
        frames = list(container.decode(container.streams.audio[0]))
        return sum(frame.samples for frame in frames) / frames[0].sample_rate


def frame_numbers(video: object) -> list[int]:
    return [round(frame.mean() / 20) for frame in video]  # type: ignore[attr-defined]


def test_frames_rate_and_colors_are_kept() -> None:
    clip = make_clip(3, 48, 64, 8)
    write_video("clip.mp4", clip.frames, Fraction(30000, 1001))
    video = open_video("clip.mp4")
    assert (video.count, video.shape, video.rate) == (3, (48, 64), Fraction(30000, 1001))
    frames = list(video)
    for before, after in zip(clip.frames, frames, strict=True):
        error = after.astype(float) - before
        np.testing.assert_allclose(error.mean(axis=(0, 1)), 0, atol=3)
        assert np.abs(error).mean() < 6
    with av.open("clip.mp4") as container:
        assert container.streams.video[0].codec_context.colorspace == 1  # BT.709


def test_selected_frames_last_as_long_as_all_of_them() -> None:
    write_video("clip.mp4", numbered(10), 20)
    video = open_video("clip.mp4", 2, 9, 2)
    assert frame_numbers(video) == [2, 4, 6, 8]
    assert frame_numbers(video.after(3)) == [8]
    assert (video.count, video.rate, video.begin) == (4, 10, Fraction(1, 10))


def test_the_sound_matches_the_selected_frames() -> None:
    make_video_with_sound("sound.mp4", 30, 10)
    whole = open_video("sound.mp4")
    write_video("whole.mp4", whole, whole.rate, sound_of=whole)
    assert sound_seconds("whole.mp4") == pytest.approx(sound_seconds("sound.mp4"), abs=0.01)
    part = open_video("sound.mp4", 10, 20)
    write_video("part.mkv", part, part.rate, sound_of=part)
    assert sound_seconds("part.mkv") == pytest.approx(1, abs=0.3)
    assert open_video("part.mkv").count == 10


def test_an_odd_row_and_column_are_dropped() -> None:
    write_video("clip.mp4", [np.zeros((33, 49, 3), np.uint8)], 25)
    assert open_video("clip.mp4").shape == (32, 48)


@pytest.mark.parametrize("source", ["frames", "frames/*.png", "frames/frame-%03d.png"])
def test_images_are_frames(source: str) -> None:
    for number, frame in enumerate(numbered(3)):
        write_image(f"frames/frame-{number:03d}.png", frame)
    video = open_video(source)
    assert frame_numbers(video) == [0, 1, 2]
    assert video.rate == 25
    write_image("frames/frame-002.png", numbered(1)[0])
    assert open_video(source).digest != video.digest


def test_invalid_videos_are_clear_errors() -> None:
    Path("text.mp4").write_text("This is not a video.")
    with pytest.raises(ValueError, match="readable video"):
        open_video("text.mp4")
    with pytest.raises(FileNotFoundError, match="no images"):
        open_video("nowhere")
    write_video("clip.mp4", numbered(3), 25)
    with pytest.raises(ValueError, match=r"frames from 3 to 5.*none"):
        open_video("clip.mp4", 3, 5)
    with pytest.raises(ValueError, match="at least one"):
        write_video("empty.mp4", [], 25)
    assert not Path("empty.mp4").exists()


def test_a_frame_of_another_size_is_found_on_opening() -> None:
    write_image("frames/0.png", np.zeros((8, 9, 3), np.uint8))
    write_image("frames/1.png", np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(ValueError, match="9 x 9 pixels in frame 1, and 9 x 8"):
        open_video("frames")


def test_a_damaged_frame_is_found_on_opening() -> None:
    make_video_with_sound("clip.mkv", 60, 25)
    whole = Path("clip.mkv").read_bytes()
    Path("clip.mkv").write_bytes(whole[: len(whole) // 2])
    count = open_video("clip.mkv").count
    assert 0 < count < 60  # a truncated end is not a damaged frame
    write_image("frames/0.png", np.zeros((8, 9, 3), np.uint8))
    Path("frames/1.png").write_bytes(Path("frames/0.png").read_bytes()[:60])
    with pytest.raises(ValueError, match=r"a frame='frames/1.png'"):
        open_video("frames")


def test_frames_are_sorted_by_number() -> None:
    for number, frame in enumerate(numbered(12)):
        write_image(f"frames/{number}.png", frame)
    write_image("frames/cover.png", numbered(1)[0])
    assert frame_numbers(open_video("frames/%d.png")) == list(range(12))


def test_sound_is_interleaved_and_unsupported_codecs_are_encoded() -> None:
    make_video_with_sound("sound.mkv", 200, 10)
    source = open_video("sound.mkv", 20)
    write_video("part.mp4", source, source.rate, sound_of=source)
    with av.open("part.mp4") as container:
        kinds = [packet.stream.type for packet in container.demux() if packet.size]
    assert kinds.index("audio") < 20
    with av.open("wavpack.mkv", "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        container.add_stream("wavpack", rate=8000, layout="mono")
        container.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(1)[0], "rgb24")))
        container.mux(stream.encode(None))
    video = open_video("wavpack.mkv")
    with pytest.warns(UserWarning, match=r"sound \(wavpack\).*encoded as AAC.*mp4"):
        write_video("wavpack.mp4", video, 10, sound_of=video)
