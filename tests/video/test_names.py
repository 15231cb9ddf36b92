"""Videos and frames with unusual names, and other files next to frames."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from nst_framework import write_image
from nst_framework.cli.video.remarks import source_remarks
from nst_framework.video import open_video, write_video

FRAMES = [np.full((16, 16, 3), level, np.uint8) for level in (20, 120, 220)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def levels(source: str) -> list[int]:
    return [round(float(frame.mean()), -1) for frame in open_video(source)]


@pytest.mark.parametrize(
    "name", ["12:30.mp4", "http:clip.mp4", "-clip.mp4", "50%d.mp4", "a[b]*.mp4"]
)
def test_a_video_may_have_any_name(name: str) -> None:
    pytest.importorskip("av")
    write_video("clip.mp4", FRAMES, 10)
    Path("clip.mp4").rename(name)
    assert levels(name) == [20, 120, 220]


def frames(*names: str) -> None:
    for name, frame in zip(names, FRAMES, strict=False):
        Path(name).parent.mkdir(exist_ok=True)
        write_image(name, frame)


@pytest.mark.parametrize(
    "source", ["12:30 [a]", "12:30 [a]/*.png", "12:30 [a]/f[1]-%d.png", "12:30 [a]/f[1]-?.png"]
)
def test_frames_may_have_any_name_and_hidden_files_are_skipped(source: str) -> None:
    frames("12:30 [a]/f[1]-8.png", "12:30 [a]/f[1]-9.png")
    Path("12:30 [a]/._f[1]-8.png").write_bytes(b"\0\5\x16\7")
    assert levels(source) == [20, 120]


def test_other_files_are_counted() -> None:
    frames("f/1.png", "f/2.png")
    shutil.copy("f/1.png", "f/3.HEIC")
    assert levels("f") == [20, 120]
    assert list(source_remarks("f")) == [
        "Skipped 1 file with unsupported formats in 'f': 1 .heic. Convert images to PNG or JPEG to "
        "include them."
    ]
    assert list(source_remarks("f/1.png")) == []


def test_the_error_for_a_folder_without_frames_counts_its_files() -> None:
    Path("f").mkdir()
    Path("f/1.HEIC").touch()
    with pytest.raises(FileNotFoundError, match="matches no images, only 1 .heic"):
        open_video("f")
