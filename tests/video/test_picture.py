"""Frames are decoded as players show them, whatever their coding."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from video_corpus import bars, coded, pictures
from video_corpus.clip import Clip, has_ffmpeg

from nst_framework.video.picture import decode_frames, picture_stream, to_pixels


def read(path: Path) -> Iterator[tuple[np.ndarray, av.VideoFrame]]:
    with av.open(str(path)) as container:
        stream = picture_stream(container)
        decoded = decode_frames(container.demux(stream), stream)
        for pixels, frame in to_pixels(decoded, stream):
            yield pixels(), frame


def make(name: str, folder: Path) -> Path:
    """Makes a clip from the corpus."""
    clip = next(clip for clip in pictures.clips() if clip.name == name)
    clip.make(folder / name)
    return folder / name


@pytest.mark.parametrize("clip", list(pictures.clips()), ids=lambda clip: clip.name)
def test_every_clip_is_read_as_players_show_it(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / clip.name
    clip.make(path)
    clip.check(path)


def test_deinterlacing_keeps_frames_and_timestamps(tmp_path: Path) -> None:
    path = make("interlaced.mp4", tmp_path)
    read_frames = list(read(path))
    assert [frame.pts * frame.time_base for _, frame in read_frames] == [
        Fraction(number, 25) for number in range(6)
    ]
    middles = [np.flatnonzero(pixels[24, :, 0] > 120).mean() for pixels, _ in read_frames]
    np.testing.assert_allclose(middles, [23.5 + 8 * number for number in range(6)], atol=0.5)


def test_resampling_to_square_pixels_does_not_mix_in_transparent_colors(
    tmp_path: Path,
) -> None:
    pixels = np.full((16, 64, 4), (0, 255, 0, 0), np.uint8)
    pixels[:, 32:] = (200, 40, 40, 255)
    frame = av.VideoFrame.from_ndarray(pixels, "rgba").reformat(format="argb")
    coded.write_clip(tmp_path / "wide.mov", "qtrle", [frame], aspect=Fraction(3, 2))
    (shown, _), *_ = read(tmp_path / "wide.mov")
    assert shown.shape == (16, 96, 4)
    is_visible = shown[..., 3] > 0
    assert (shown[is_visible][:, 1] <= 60).all()


def test_highlights_brighter_than_white_are_clipped(tmp_path: Path) -> None:
    for transfer, number in ((coded.pq_of, 16), (coded.hlg_of, 18)):
        values = transfer(np.full((16, 16, 3), 4.0))
        frame = coded.coded_frame(values, "yuv420p10le", 9)
        path = tmp_path / f"{number}.mkv"
        coded.write_clip(path, "ffv1", [frame], tags=(9, 9, number, 1))
        assert next(read(path))[0].min() == 255


def test_an_unknown_matrix_is_refused(tmp_path: Path) -> None:
    frame = bars.bars_frame(16, 16, "yuv444p")
    coded.write_clip(tmp_path / "ycgco.mkv", "ffv1", [frame], tags=(8, 2, 2, 1))
    with pytest.raises(ValueError, match=r"BT\.2020\. Received: a video with matrix 8 "):
        list(read(tmp_path / "ycgco.mkv"))


def test_an_audio_file_with_a_cover_is_not_a_video(tmp_path: Path) -> None:
    path = str(tmp_path / "sound.mp4")
    with av.open(path, "w") as container:
        cover = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        sound = container.add_stream("aac", rate=8000, layout="mono")
        container.mux(cover.encode(av.VideoFrame(32, 32, "yuvj420p")))
        container.mux(cover.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        silence.sample_rate, silence.pts = 8000, 0
        container.mux(sound.encode(silence))
        container.mux(sound.encode(None))
    with (
        av.open(path) as container,
        pytest.raises(ValueError, match="audio file with a cover"),
    ):
        picture_stream(container)


@pytest.mark.skipif(not has_ffmpeg(), reason="needs ffmpeg")
@pytest.mark.parametrize("name", ["pq.mp4", "hlg.mp4", "bt2020.mkv", "p3.mkv"])
def test_colors_match_a_reference_decoder(name: str, tmp_path: Path) -> None:
    path = make(name, tmp_path)
    pixels, _ = next(read(path))
    # By default, zscale applies HLG's system gamma to red, green and blue instead of luminance.
    filters = (
        "zscale=transfer=linear:npl=203:agamma=0,format=gbrpf32le,"
        "zscale=primaries=709:transfer=iec61966-2-1:matrix=gbr:range=full:agamma=0,format=gbrp"
    )
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-frames:v", "1"]
    command += ["-vf", filters, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    decoded = subprocess.run(command, check=True, capture_output=True).stdout
    expected = np.frombuffer(decoded, np.uint8).reshape(pixels.shape).astype(int)
    assert np.abs(pixels[24, 8::16] - expected[24, 8::16]).max() <= 4
