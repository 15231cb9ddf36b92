"""All frames of animated and multi-page images are read, with their durations."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst_framework.video.animated import is_animated, read_animated

COLORS = [(20, 200, 40), (80, 160, 40), (140, 120, 40), (200, 80, 40)]


def images(alpha: int | None = None) -> list[Image.Image]:
    if alpha is None:
        return [Image.new("RGB", (12, 8), color) for color in COLORS]
    return [Image.new("RGBA", (12, 8), (*color, alpha)) for color in COLORS]


def save(path: Path, frames: list[Image.Image], **options: object) -> Path:
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    return path


@pytest.mark.parametrize(
    ("name", "milliseconds"),
    [
        ("fifteen.gif", [60, 70, 70, 60]),
        ("fifteen.png", [1000 / 15] * 4),
        ("uneven.webp", [40, 80, 120, 30]),
        ("uneven.png", [40, 80, 120.5, 30]),
        ("uneven.avif", [40, 80, 120, 30]),
    ],
)
def test_frames_have_the_durations_in_the_file(
    name: str, milliseconds: list[float], tmp_path: Path
) -> None:
    options = {"lossless": True} if name.endswith("webp") else {}
    path = save(tmp_path / name, images(), duration=milliseconds, **options)
    assert is_animated(path)
    frames = list(read_animated(path))
    assert [pytest.approx(1000 * float(seconds)) for _, seconds in frames] == milliseconds
    shown = [pixels[0, 0] for pixels, _ in frames]
    np.testing.assert_allclose(shown, COLORS, atol=4 if name.endswith("avif") else 0)


def test_very_short_durations_are_replaced_as_in_browsers(tmp_path: Path) -> None:
    path = save(tmp_path / "fast.gif", images(), duration=[0, 10, 20, 0])
    assert [seconds for _, seconds in read_animated(path)] == [
        Fraction(1, 10),
        Fraction(1, 10),
        Fraction(1, 50),
        Fraction(1, 10),
    ]


def test_the_default_image_of_a_png_is_not_a_frame(tmp_path: Path) -> None:
    path = save(tmp_path / "default.png", images(), default_image=True, duration=50)
    assert [tuple(pixels[0, 0]) for pixels, _ in read_animated(path)] == COLORS[1:]


def test_transparent_frames_keep_their_alpha(tmp_path: Path) -> None:
    path = save(tmp_path / "cut-out.webp", images(alpha=128), duration=40, lossless=True)
    assert [tuple(pixels[0, 0]) for pixels, _ in read_animated(path)] == [
        (*color, 128) for color in COLORS
    ]


def test_tiff_pages_are_frames_except_previews(tmp_path: Path) -> None:
    pages = images()
    path = save(tmp_path / "pages.tif", pages)
    assert is_animated(path)
    assert [(tuple(pixels[0, 0]), seconds) for pixels, seconds in read_animated(path)] == [
        (color, 0) for color in COLORS
    ]
    preview = pages[1].resize((6, 4))
    preview.encoderinfo = {"tiffinfo": {254: 1}}
    pages[0].save(tmp_path / "preview.tif", save_all=True, append_images=[preview])
    with Image.open(tmp_path / "preview.tif") as image:
        assert image.n_frames == 2
    assert not is_animated(tmp_path / "preview.tif")


@pytest.mark.parametrize("name", ["still.png", "still.webp", "still.gif", "still.tif", "still.jpg"])
def test_a_still_image_is_not_an_animation(name: str, tmp_path: Path) -> None:
    images()[0].save(tmp_path / name)
    assert not is_animated(tmp_path / name)


def test_stereo_photographs_and_other_files_are_not_animations(tmp_path: Path) -> None:
    save(tmp_path / "stereo.mpo", images())
    (tmp_path / "text.gif").write_text("This is not a picture.")
    for name in ("stereo.mpo", "text.gif", "nowhere.gif"):
        assert not is_animated(tmp_path / name)


def test_a_damaged_frame_is_a_clear_error(tmp_path: Path) -> None:
    path = save(tmp_path / "cut.png", images(), duration=40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(ValueError, match=r"readable animation.*an error in frame [12] "):
        list(read_animated(path))
