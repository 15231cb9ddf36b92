"""Images of all kinds become upright RGB of the requested size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imageio.v3 as iio
import keras
import numpy as np
import pytest
from PIL import Image

from nst_framework.images.pixels import to_batch, to_pixels
from nst_framework.images.reading import read_alpha, read_image, read_mask
from nst_framework.images.writing import write_image

ORIENTATION = 0x0112


def quadrants() -> np.ndarray:
    """Red, green, blue and yellow quarters: every turn and mirror image differs."""
    image = np.zeros((40, 60, 3), np.uint8)
    image[:20, :30] = (255, 0, 0)
    image[:20, 30:] = (0, 255, 0)
    image[20:, :30] = (0, 0, 255)
    image[20:, 30:] = (255, 255, 0)
    return image


@pytest.mark.parametrize("extension", ["png", "tif", "tiff", "bmp", "webp", "jpg", "jpeg"])
def test_written_images_are_read_back(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"image.{extension}"
    write_image(path, quadrants())
    assert list(tmp_path.iterdir()) == [path], "no other file is left in the folder"
    tolerance = 12 if extension in ("jpg", "jpeg") else 0
    np.testing.assert_allclose(read_image(path).astype(int), quadrants(), atol=tolerance)


class OnDevice:
    """Like a PyTorch tensor on a GPU: NumPy cannot read it until it is detached and moved."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __array__(self, *arguments: object, **options: object) -> np.ndarray:
        raise TypeError("can't convert cuda:0 device type tensor to numpy")

    def detach(self) -> OnDevice:
        return self

    def cpu(self) -> np.ndarray:
        return self._array


@pytest.mark.parametrize(
    "convert",
    [
        Image.fromarray,
        keras.ops.convert_to_tensor,
        lambda image: keras.ops.convert_to_tensor(image[None], dtype="float32"),
        lambda image: keras.Variable(image, dtype="float32", trainable=False),
        OnDevice,
    ],
)
def test_pillow_images_and_tensors_are_read_like_arrays(convert: Any) -> None:
    image = quadrants()
    np.testing.assert_array_equal(read_image(convert(image), size=30), read_image(image, size=30))
    mask = image[..., 0]
    np.testing.assert_array_equal(
        read_mask(convert(np.stack([mask] * 3, axis=-1)), (20, 30)), read_mask(mask, (20, 30))
    )


def test_a_pillow_image_is_turned_upright_and_keeps_its_alpha() -> None:
    upright = Image.fromarray(quadrants())
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[ORIENTATION] = 6
    np.testing.assert_array_equal(read_image(turned), quadrants())
    upright.putalpha(7)
    np.testing.assert_array_equal(read_alpha(upright, (40, 60)), np.full((40, 60), 7))


@pytest.mark.parametrize("convert", [keras.ops.convert_to_tensor, np.asarray])
def test_a_mask_from_0_to_1_is_read_from_any_array(convert: Any) -> None:
    mask = np.zeros((4, 4), np.float32)
    mask[:2] = 1.0
    np.testing.assert_array_equal(read_mask(convert(mask), (4, 4)), mask)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int, mode: str) -> None:
    upright = Image.fromarray(quadrants()).convert(mode)
    # How a camera stores an upright scene, so that applying the tag restores it.
    inverse = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright if inverse is None else upright.transpose(inverse)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored.save(tmp_path / "photo.png", exif=exif)
    expected = np.asarray(upright.convert("RGB"))
    np.testing.assert_array_equal(read_image(tmp_path / "photo.png"), expected)


def test_gray_and_palette(tmp_path: Path) -> None:
    picture = Image.fromarray(quadrants())
    picture.convert("L").save(tmp_path / "gray.png")
    gray = read_image(tmp_path / "gray.png")
    assert (gray[..., 0] == gray[..., 1]).all()
    assert gray[0, 0, 0] == 76, "red's luma, 0.299 * 255"
    picture.quantize(4).save(tmp_path / "palette.png")
    np.testing.assert_array_equal(read_image(tmp_path / "palette.png"), quadrants())


def test_transparency_becomes_white(tmp_path: Path) -> None:
    pixels = np.dstack([quadrants(), np.full((40, 60), 255, np.uint8)])
    pixels[:20, :30, 3] = 0
    pixels[:20, 30:, 3] = 51  # a fifth
    iio.imwrite(tmp_path / "alpha.png", pixels)
    image = read_image(tmp_path / "alpha.png")
    assert tuple(image[0, 0]) == (255, 255, 255)
    assert tuple(image[0, -1]) == (204, 255, 204)
    assert tuple(image[-1, 0]) == (0, 0, 255)
    np.testing.assert_array_equal(read_image(pixels), image)


def test_transparent_palette_becomes_white(tmp_path: Path) -> None:
    palette = Image.fromarray(quadrants()).quantize(4)
    red = palette.getpixel((0, 0))
    palette.save(tmp_path / "palette.png", transparency=red)
    image = read_image(tmp_path / "palette.png")
    assert tuple(image[0, 0]) == (255, 255, 255)
    assert tuple(image[-1, 0]) == (0, 0, 255)


@pytest.mark.parametrize(
    ("mode", "hole"), [("RGB", b"\0\xff"), ("RGB", 7), ("L", b"\0\xff"), ("L", (1, 2, 3))]
)
def test_a_transparent_color_of_another_mode_is_ignored(mode: str, hole: object) -> None:
    # Pillow reads a PNG with a second header like this.
    image = Image.new(mode, (4, 3), 90 if mode == "L" else (90, 60, 30))
    expected = np.asarray(image.convert("RGB"))
    image.info["transparency"] = hole
    np.testing.assert_array_equal(read_image(image), expected)
    assert read_alpha(image, (3, 4)) is None


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_16_bit_gray_is_scaled_not_clipped(tmp_path: Path, extension: str) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, axis=0)
    iio.imwrite(tmp_path / f"deep.{extension}", ramp)
    image = read_image(tmp_path / f"deep.{extension}")
    np.testing.assert_allclose(image[0, :, 0], np.arange(256), atol=1)


def test_dark_16_bit_gray_stays_dark(tmp_path: Path) -> None:
    iio.imwrite(tmp_path / "dark.png", np.full((4, 4), 200, np.uint16))
    assert read_image(tmp_path / "dark.png").max() == 1


def test_cmyk(tmp_path: Path) -> None:
    cyan = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    cyan.save(tmp_path / "cyan.tif")
    assert tuple(read_image(tmp_path / "cyan.tif")[0, 0]) == (0, 255, 255)
    cyan.save(tmp_path / "cyan.jpg", quality=100)
    np.testing.assert_allclose(read_image(tmp_path / "cyan.jpg")[0, 0], (0, 255, 255), atol=3)


def test_arrays(tmp_path: Path) -> None:
    image = quadrants()
    np.testing.assert_array_equal(read_image(image), image)
    np.testing.assert_array_equal(read_image(np.minimum(image + 0.3, 255)), image)
    np.testing.assert_array_equal(read_image(image[..., 0])[..., 2], image[..., 0])
    np.testing.assert_array_equal(read_image(image[..., :1])[..., 2], image[..., 0])
    np.testing.assert_array_equal(read_image(image[None]), image)
    np.testing.assert_array_equal(to_pixels(to_batch(image)), image)


@pytest.mark.parametrize(("size", "expected"), [(30, (20, 30)), (120, (80, 120)), (7, (5, 7))])
def test_size_is_the_longer_side(size: int, expected: tuple[int, int]) -> None:
    assert read_image(quadrants(), size).shape[:2] == expected
    turned = quadrants().transpose(1, 0, 2)
    assert read_image(turned, size).shape[:2] == expected[::-1]


def test_shape_is_exact() -> None:
    assert read_image(quadrants(), shape=(11, 13)).shape == (11, 13, 3)


def test_resizing_is_antialiased() -> None:
    # Stripes of one pixel are too fine for a third of the size: only their mean remains.
    stripes = np.zeros((96, 96, 3), np.uint8)
    stripes[:, ::2] = 255
    small = read_image(stripes, 32).astype(int)
    assert np.abs(small[:, 2:-2] - 127.5).max() < 8


def test_resizing_uses_lanczos_with_three_lobes() -> None:
    # One bright column, halved: each result is the kernel, twice as wide, at that distance.
    column = np.full((64, 64, 3), 64, np.uint8)
    column[:, 31] = 255
    distance = (31.5 / 2) - (np.arange(32) + 0.5)
    kernel = np.where(np.abs(distance) < 3, np.sinc(distance) * np.sinc(distance / 3), 0) / 2
    expected = 64 + (255 - 64) * kernel
    assert expected.min() < 60, "the negative lobes distinguish the filter"
    np.testing.assert_allclose(read_image(column, 32)[16, :, 0], expected, atol=1.5)


@pytest.mark.parametrize(
    ("name", "contents", "message"),
    [
        ("empty.png", b"", "empty or in an unknown format"),
        ("text.png", b"this is not a picture", "an unknown format"),
        ("folder", None, "which is a folder"),
    ],
)
def test_files_that_are_not_images(
    tmp_path: Path, name: str, contents: bytes | None, message: str
) -> None:
    path = tmp_path / name
    if contents is None:
        path.mkdir()
    else:
        path.write_bytes(contents)
    with pytest.raises(ValueError, match=message) as error:
        read_image(path, name="style")
    assert f"style={str(path)!r}" in str(error.value)


@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "webp", "bmp"])
def test_truncated_files(tmp_path: Path, extension: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    path = tmp_path / f"cut.{extension}"
    write_image(path, noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=r"cut\."):
        read_image(path)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full((4, 4, 3), np.nan), "NaN"),
        (np.full((4, 4, 3), np.inf), "infinite"),
        (np.zeros((4, 4, 2)), r"\(4, 4, 2\)"),
        (np.zeros(4), r"\(4,\)"),
        (np.zeros((2, 4, 4, 3)), r"\(2, 4, 4, 3\)"),
        (np.zeros((0, 4, 3)), "empty"),
        (np.full((4, 4, 3), 256), "256"),
        (np.full((4, 4, 3), -1), "-1"),
        (np.full((4, 4, 3), 0.5), "Multiply it by 255"),
        (np.zeros((4, 4, 3), complex), "complex"),
    ],
)
def test_arrays_that_are_not_images(array: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_image(array)


@pytest.mark.parametrize("source", [b"", [[0, 0, 0]], None])
def test_other_types_are_refused(source: object) -> None:
    with pytest.raises(ValueError, match="style to be a path, an array, a tensor or a PIL.Image"):
        read_image(source, name="style")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 3), np.uint16),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros((4, 4), np.uint8),
    ],
)
def test_only_images_are_written(image: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="uint8"):
        write_image(tmp_path / "a.png", image)
    with pytest.raises(ValueError, match=r"\.png, \.jpg"):
        write_image(tmp_path / "a.gif", np.zeros((4, 4, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []
