"""Images in every format, intact and damaged; `python tools/image_corpus` reads many more."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from image_corpus import damage
from image_corpus.forms import every_picture
from image_corpus.pictures import Picture, by_mode
from PIL import Image

from nst_framework.images.reading import read_alpha, read_image, read_mask

PICTURES = {picture.name: picture for picture in every_picture()}


def read_or_refuse(path: Path) -> np.ndarray | None:
    """Reads an image; returns `None` if it was refused with a proper error."""
    try:
        image = read_image(path)
        read_alpha(path, image.shape[:2])
        read_mask(path, (4, 4))
    except (ValueError, MemoryError) as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert refusal.startswith("Expected image to ")
        assert repr(str(path)) in refusal
        return None
    assert image.dtype == np.uint8
    assert image.shape[2] == 3
    return image


def written(picture: Picture, folder: Path) -> Path:
    path = folder / picture.name
    path.write_bytes(picture.data)
    return path


@pytest.mark.parametrize("name", PICTURES)
def test_every_format_is_read_correctly(name: str, tmp_path: Path) -> None:
    path = written(PICTURES[name], tmp_path)
    assert PICTURES[name].is_shown_by(read_image(path))
    assert read_mask(path, (4, 4)).shape == (4, 4)


@pytest.mark.parametrize("picture", damage.long_pictures(), ids=lambda picture: picture.name)
def test_one_pixel_and_one_row(picture: Picture, tmp_path: Path) -> None:
    path = written(picture, tmp_path)
    assert picture.is_shown_by(read_image(path))
    assert max(read_image(path, size=64).shape) == 64


@pytest.mark.parametrize("mode", by_mode())
def test_every_pillow_mode_is_read_without_changing_the_image(mode: str) -> None:
    image, expected = by_mode()[mode]
    before = image.tobytes()
    assert Picture(mode, b"", expected, 24 if mode == "LAB" else 3).is_shown_by(read_image(image))
    assert (image.mode, image.tobytes()) == (mode, before)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", damage.MUTATED)
def test_a_truncated_file_is_refused_or_read_completely(name: str, tmp_path: Path) -> None:
    for cut in damage.truncated(PICTURES[name], every=50):
        image = read_or_refuse(written(cut, tmp_path))
        assert image is None or cut.is_shown_by(image), cut.name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", damage.MUTATED)
def test_mutations_are_read_or_refused(name: str, tmp_path: Path) -> None:
    for mutation in damage.mutations(PICTURES[name], 20, seed=1):
        read_or_refuse(written(mutation, tmp_path))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("bomb", damage.bombs(), ids=lambda bomb: bomb.name)
@pytest.mark.parametrize("limit", [Image.MAX_IMAGE_PIXELS, None])
def test_bombs_are_refused_whatever_pillows_limit(
    bomb: Picture, limit: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    image = read_or_refuse(written(bomb, tmp_path))
    assert image is None or image.size == 3
    assert limit == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("strange", damage.strange(), ids=lambda strange: strange.name)
def test_other_formats_and_empty_images_are_refused(strange: Picture, tmp_path: Path) -> None:
    assert read_or_refuse(written(strange, tmp_path)) is None


def test_a_transparent_gray_of_16_bits(tmp_path: Path) -> None:
    path = written(PICTURES["hole, 16 bit.png"], tmp_path)
    alpha = read_alpha(path, (32, 48))
    assert alpha is not None
    assert (alpha[:16, 24:] == 0).all()
    assert (alpha[16:] == 255).all()


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ValueError, match="which is a pipe or a device"):
        read_image(tmp_path / "pipe.png")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "long.webp").open("wb") as file:
        file.write(b"RIFF\0\0\0\xffWEBPVP8L")
        file.truncate(2**31 + 1)
    with pytest.raises(ValueError, match="at most 2147483648 bytes"):
        read_image(tmp_path / "long.webp")


@pytest.mark.parametrize(
    "name", ["a b.png", "für 猫 🐈.png", "two\nlines.png", "-o.png", "\udcff.png", "'quoted'.png"]
)
def test_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(PICTURES["RGB.png"].data)
    assert PICTURES["RGB.png"].is_shown_by(read_image(name))


@pytest.mark.parametrize(
    "name", ["n" * 300 + ".png", "no\0name.png", "RGB.png/inside.png", "loop.png"]
)
def test_impossible_names(name: str, tmp_path: Path) -> None:
    written(PICTURES["RGB.png"], tmp_path)
    (tmp_path / "loop.png").symlink_to("loop.png")
    with pytest.raises((ValueError, FileNotFoundError), match="Expected image to be an image file"):
        read_image(tmp_path / name)


def test_a_pillow_image_without_pixels() -> None:
    with pytest.raises(ValueError, match="at least one pixel. Received: 0 x 5 pixels"):
        read_image(Image.new("RGB", (0, 5)), size=64)


def test_a_truncated_pillow_image(tmp_path: Path) -> None:
    path = written(PICTURES["RGB.bmp"], tmp_path)
    path.write_bytes(path.read_bytes()[:-200])
    with Image.open(path) as image, pytest.raises(ValueError, match="a valid image.*truncated"):
        read_image(image)


@pytest.mark.parametrize("size", [10**9, 10**400])
def test_a_size_that_exceeds_memory(size: int) -> None:
    with pytest.raises(MemoryError, match="Choose a smaller size"):
        read_image(np.zeros((2, 3, 3), np.uint8), size)
