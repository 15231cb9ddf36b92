"""The video of a run, read back frame by frame."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import compile_tiny
from PIL import Image, ImageSequence

from nst_framework import ProjectedLBFGS, Trainer
from nst_framework.callbacks import VideoSaver
from nst_framework.callbacks.video_writers import MP4Writer

FitArguments = dict[str, Any]

needs_av = pytest.mark.skipif(importlib.util.find_spec("av") is None, reason="PyAV not installed")


class Frames(keras.callbacks.Callback):
    """Records the images that the video should show."""

    def on_train_begin(self, logs: Any = None) -> None:
        self.images = [self.model.image]

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.images.append(self.model.image)


def frames_of(path: Path) -> tuple[list[np.ndarray], list[float]]:
    """The frames of a GIF or WebP and their durations in milliseconds."""
    with Image.open(path) as video:
        pairs = [
            (np.asarray(frame.convert("RGB")), frame.info["duration"])
            for frame in ImageSequence.Iterator(video)
        ]
    return [frame for frame, _ in pairs], [duration for _, duration in pairs]


def differences(images: list[np.ndarray], frames: list[np.ndarray]) -> list[float]:
    pairs = zip(images, frames, strict=True)
    return [float(np.abs(image.astype(int) - frame).mean()) for image, frame in pairs]


@pytest.mark.parametrize(
    "ending", [".gif", pytest.param(".webp", marks=needs_av), pytest.param(".WEBP", marks=needs_av)]
)
def test_a_video_has_every_image_in_order(
    ending: str, trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path, pictures = tmp_path / f"video{ending}", Frames()
    trainer.fit(**fit_arguments, callbacks=[VideoSaver(path, fps=20, hold=1.5), pictures])
    frames, durations = frames_of(path)
    assert durations == [50.0] * 10 + [1500.0]
    # GIF has 256 colors; WebP halves the chroma resolution.
    assert max(differences(pictures.images, frames)) < 6
    assert max(differences(pictures.images[::-1], frames)) > 12, "in the order of the run"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_an_mp4_video(trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path, pictures = tmp_path / "video.mp4", Frames()
    fit_arguments["content"] = fit_arguments["content"][:, :-1]
    # Smooths the content's noise, because a video keeps only a quarter of the chroma samples.
    compile_tiny(trainer, optimizer=ProjectedLBFGS(highest_frequency=0.5))
    trainer.fit(**fit_arguments, callbacks=[VideoSaver(path, fps=20, hold=0.5), pictures])
    with av.open(path) as video:
        assert video.streams.video[0].average_rate == 20
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert len(frames) == 10 + 10
    images = [image[:, :24] for image in pictures.images]
    assert max(differences(images, frames[:11])) < 6


@needs_av
@pytest.mark.parametrize("height", [48, 720])
def test_an_mp4_video_declares_its_color_space(height: int, tmp_path: Path) -> None:
    import av

    green = np.full((height, 64, 3), (30, 200, 60), np.uint8)
    writer = MP4Writer(tmp_path / "video.mp4", (height, 64), 25.0)
    writer.add(green, 0.2)
    writer.close()
    with av.open(str(tmp_path / "video.mp4")) as video:
        frames = list(video.decode(video=0))
        context = video.streams.video[0].codec_context
    assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
    assert [frame.time for frame in frames] == [0, 0.04, 0.08, 0.12, 0.16]
    # Decodes as a player does that follows the file's color tags.
    pixels = frames[-1].reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
    np.testing.assert_allclose(pixels.mean(axis=(0, 1)), (30, 200, 60), atol=3)


def test_a_video_over_scales_has_one_size_and_ends_with_the_last_image(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "video.gif"
    compile_tiny(trainer, scales=(0.5, 1))
    trainer.fit(
        **{**fit_arguments, "size": 26},
        callbacks=[VideoSaver(path, every=4, unit="step")],
    )
    frames, _ = frames_of(path)
    assert [frame.shape for frame in frames] == [(20, 26, 3)] * 4, "steps 0, 4, 8 and 10"
    assert differences([trainer.image], frames[-1:])[0] < 6


def test_frames_are_written_as_they_come(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    sizes: list[int] = []

    def look(batch: int, logs: Any) -> None:
        (partial,) = tmp_path.glob(".partial-*/video.gif")
        sizes.append(partial.stat().st_size)

    watch = keras.callbacks.LambdaCallback(on_train_batch_end=look)
    trainer.fit(
        **{**fit_arguments, "epochs": 8}, callbacks=[VideoSaver(tmp_path / "video.gif"), watch]
    )
    assert len(set(sizes)) > 4
    assert sizes[-1] > 0.7 * (tmp_path / "video.gif").stat().st_size


def test_an_interrupted_run_and_each_further_run_write_a_video(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    path = tmp_path / "video.gif"
    video = VideoSaver(path)

    def interrupt(batch: int, logs: Any) -> None:
        raise KeyboardInterrupt

    stop = keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(**fit_arguments, callbacks=[video, stop])
    assert len(frames_of(path)[0]) == 2
    trainer.fit(**fit_arguments, callbacks=[video])
    assert len(frames_of(path)[0]) == 11


def test_the_path_is_checked_before_the_first_step(
    trainer: Trainer,
    fit_arguments: FitArguments,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    for name in ("video.mp4", "video.webp"):
        with pytest.raises(ImportError, match=r"nst_framework\[video\].*\.gif"):
            trainer.fit(**fit_arguments, callbacks=[VideoSaver(tmp_path / name)])
    with pytest.raises(ValueError, match=r"\.gif, \.webp, \.mp4.*video\.avi"):
        trainer.fit(**fit_arguments, callbacks=[VideoSaver(tmp_path / "video.avi")])
    for arguments in ({"fps": 0}, {"hold": -1}, {"every": 0}, {"unit": "minute"}):
        with pytest.raises(ValueError, match="Expected.*Received"):
            VideoSaver("video.gif", **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".gif", pytest.param(".mp4", marks=needs_av)])
def test_a_run_continues_without_its_video_if_the_disk_is_full(
    ending: str, trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    resource = pytest.importorskip("resource", reason="Windows limits no files")
    path, (soft, hard) = tmp_path / f"video{ending}", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
    try:
        with pytest.warns(UserWarning, match=r"\(File too large\).*continues without the video"):
            trainer.fit(**fit_arguments, callbacks=[VideoSaver(path)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert trainer.state.epoch == fit_arguments["epochs"]
    assert list(tmp_path.iterdir()) == [], "neither a partial video nor a temporary folder is left"
