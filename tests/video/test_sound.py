"""Sound of written videos stays in sync in every container, or is left out with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from video_corpus import sound as corpus
from video_corpus.clip import Clip, has_ffmpeg
from video_corpus.encoding import H264, Coding, Tone, clicks, even_times, flashes, write_clip

from nst_framework.video import Video, open_video, write_video
from nst_framework.video.sound import plan_sound

NEAR = corpus.NEAR


def write_copy(video: Video, film: Path | str) -> None:
    write_video(film, video, video.times, sound_of=video)


def sound_times(path: Path | str) -> list[float]:
    """When the first sample is heard and when the last one ends, in seconds."""
    with av.open(str(path)) as container:
        frames = list(container.decode(container.streams.audio[0]))
    return [frames[0].time, frames[-1].time + frames[-1].samples / frames[-1].sample_rate]


def codecs(path: Path | str) -> list[str]:
    with av.open(str(path)) as container:
        return [stream.codec_context.name for stream in container.streams.audio]


@pytest.mark.parametrize("clip", list(corpus.clips()), ids=lambda clip: clip.name)
def test_clicks_and_flashes_coincide(clip: Clip, tmp_path: Path) -> None:
    if clip.needs_ffmpeg and not has_ffmpeg():
        pytest.skip("needs ffmpeg")
    clip.make(tmp_path / clip.name)
    clip.check(tmp_path / clip.name)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("codec", ["aac", "libopus", "pcm_mulaw"])
def test_a_part_of_a_video_has_its_own_sound(ending: str, codec: str, tmp_path: Path) -> None:
    source, film = tmp_path / "source.mkv", tmp_path / f"film.{ending}"
    if codec == "pcm_mulaw":
        source = source.with_suffix(".avi")
    coding = Coding("mpeg4", unit=Fraction(1, 25)) if codec == "pcm_mulaw" else H264
    tone = Tone(codec, click=2.0, seconds=4.0, rate=8000 if codec == "pcm_mulaw" else 48000)
    write_clip(source, even_times(100, 25), coding, [tone], flash=2.0)
    part = open_video(source, 40, 60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_copy(part, film)
    assert flashes(film) == [pytest.approx(0.4)]
    assert clicks(film) == [pytest.approx(0.4, abs=NEAR)]
    begin, end = sound_times(film)
    assert begin == pytest.approx(0, abs=NEAR)
    assert end == pytest.approx(0.8, abs=0.1)  # AAC packets at 8 kHz last 0.13 s
    assert open_video(film).begin == 0


def test_sound_longer_than_the_frames_is_kept_unless_the_video_is_cut(
    tmp_path: Path,
) -> None:
    source, film = tmp_path / "source.mp4", tmp_path / "film.mp4"
    write_clip(source, even_times(25, 25), tones=[Tone(seconds=3.0)], flash=0.4)
    write_copy(open_video(source), film)
    assert sound_times(film)[1] == pytest.approx(3, abs=NEAR)
    write_copy(open_video(source, 0, 24), film)
    assert sound_times(film)[1] == pytest.approx(24 / 25, abs=NEAR)
    # Frames at a higher rate than in the source.
    video = open_video(source)
    write_video(film, video, 50, sound_of=video)
    assert sound_times(film)[1] == pytest.approx(0.5, abs=NEAR)


def test_the_copy_is_lossless(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    write_clip(source, even_times(50, 25), tones=[Tone()])
    write_copy(open_video(source), tmp_path / "film.mp4")

    def samples(path: Path) -> np.ndarray:
        with av.open(str(path)) as container:
            frames = container.decode(container.streams.audio[0])
            return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)

    np.testing.assert_array_equal(samples(source), samples(tmp_path / "film.mp4"))


@pytest.mark.parametrize(
    ("codec", "ending", "copied"),
    [
        ("libopus", "mkv", True),
        ("libopus", "mp4", True),
        ("libopus", "mov", False),
        ("flac", "mp4", True),
        ("flac", "mov", False),
        ("wavpack", "mkv", True),
        ("wavpack", "mp4", False),
    ],
)
def test_unsupported_codecs_are_encoded_with_a_warning(
    codec: str, ending: str, copied: bool, tmp_path: Path
) -> None:
    source, film = tmp_path / "source.mkv", tmp_path / f"film.{ending}"
    write_clip(source, even_times(50, 25), tones=[Tone(codec)])
    video = open_video(source)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        write_copy(video, film)
    if copied:
        assert (codecs(film), caught) == (codecs(source), [])
    else:
        assert codecs(film) == ["aac"]
        (warning,) = caught
        assert f"({codecs(source)[0]})" in str(warning.message)
        assert f"is encoded as AAC, because {ending} cannot hold it" in str(warning.message)


def test_a_track_with_an_unknown_codec_is_left_out_and_others_are_kept(tmp_path: Path) -> None:
    source, film = tmp_path / "source.mkv", tmp_path / "film.mkv"
    write_clip(source, even_times(50, 25), tones=[Tone("flac"), Tone(language="fre")])
    source.write_bytes(source.read_bytes().replace(b"A_FLAC", b"A_NEXT"))
    video = open_video(source)
    with pytest.warns(UserWarning, match=r"Sound 1 \(an unknown codec\).*left out.*decoded"):
        write_copy(video, film)
    assert codecs(film) == ["aac"]
    assert clicks(film) == [pytest.approx(1, abs=NEAR)]


def test_sound_is_checked_before_the_first_frame(tmp_path: Path) -> None:
    source = tmp_path / "source.mkv"
    write_clip(source, even_times(50, 25), tones=[Tone("flac")])
    video = open_video(source)

    def frames() -> Iterator[np.ndarray]:
        made.append(True)
        yield from video

    made: list[bool] = []
    # Warnings are errors in these tests.
    with pytest.raises(UserWarning, match="encoded as AAC"):
        write_video(tmp_path / "film.mov", frames(), video.times, sound_of=video)
    assert made == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.mkv"]


def test_damaged_packets_become_silence(tmp_path: Path) -> None:
    source, film = tmp_path / "source.mkv", tmp_path / "film.mov"
    write_clip(source, even_times(50, 25), tones=[Tone("flac", click=1.5)], flash=1.5)
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        packets = [each for each in container.demux(container.streams.audio[0]) if each.size]
    for packet in packets[2:5]:
        data[packet.pos + 8 : packet.pos + 8 + packet.size // 2] = bytes(packet.size // 2)
    source.write_bytes(data)
    with pytest.warns(UserWarning, match="encoded as AAC"):
        write_copy(open_video(source), film)
    assert clicks(film)[-1:] == [pytest.approx(1.5, abs=NEAR)]


def test_images_and_silent_videos_have_no_sound(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    write_clip(source, even_times(3, 25))
    plan = plan_sound("mp4", open_video(source))
    assert (plan.tracks, plan.remarks) == ((), ())
