"""TIFFs that Pillow cannot read keep their metadata, or are refused with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from image_corpus import encoders, profiles
from PIL import Image

from nst_framework import read_image
from nst_framework.images.image_file import open_file

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 8, 3)).astype(np.uint16)


def planes(path: Path, **options: object) -> Path:
    """Writes `PIXELS` as 16-bit planes."""
    deep = np.moveaxis(PIXELS, -1, 0) * 257
    tifffile.imwrite(
        path,
        deep,
        photometric="rgb",
        planarconfig="separate",
        metadata=None,
        **options,  # type: ignore[arg-type]
    )
    return path


@pytest.mark.parametrize(
    ("orientation", "turn"), [(3, Image.Transpose.ROTATE_180), (6, Image.Transpose.ROTATE_270)]
)
def test_sixteen_bit_planes_are_turned_upright(
    orientation: int, turn: Image.Transpose, tmp_path: Path
) -> None:
    path = planes(tmp_path / "deep.tif", extratags=[(274, "H", 1, orientation)])
    expected = Image.fromarray(PIXELS.astype(np.uint8)).transpose(turn)
    np.testing.assert_array_equal(read_image(path), np.asarray(expected))


def test_sixteen_bit_planes_are_converted_from_their_profile(tmp_path: Path) -> None:
    profile = profiles.rgb_profile(profiles.ADOBE_RGB, 2.0)
    path = planes(tmp_path / "deep.tif", iccprofile=profile)
    expected = profiles.adobe_rgb_as_srgb(PIXELS.astype(np.uint8), 2.0)
    np.testing.assert_allclose(read_image(path).astype(int), expected, atol=2)


def test_sixteen_bit_planes_keep_resolution_and_artist(tmp_path: Path) -> None:
    path = planes(
        tmp_path / "deep.tif",
        resolution=(118.11, 118.11),
        resolutionunit="centimeter",
        extratags=[(315, "s", 0, "An artist")],
    )
    image = open_file(path, "content")
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert image.getexif()[315] == "An artist"


@pytest.mark.parametrize(
    ("depth", "photometric", "tags", "reason"),
    [
        (32, 8, {}, "32 bits, unsigned, CIELAB: save it as gray, RGB or CMYK"),
        (32, 2, {259: [7]}, "without the compression JPEG"),
        (24, 2, {}, "24 bits, unsigned, RGB: save it with 8 or 16 bits"),
        (16, 2, {258: [16, 16, 8], 284: [2]}, r"\(16, 16, 8\) bits"),
        (16, 2, {277: [5], 284: [2]}, "save it as gray, RGB or CMYK"),
        (32, 2, {259: [5], 317: [9]}, "save it without a predictor"),
        (16, 2, {273: [10**9], 284: [2]}, "tags .* damaged|too few|truncated"),
        (32, 2, {339: [2] * 3, 258: [8] * 3}, "from -.* to .*; save it"),
    ],
)
def test_unsupported_tiffs_are_refused_with_the_reason(
    depth: int, photometric: int, tags: dict[int, list[int]], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "strange.tif"
    samples = np.full((4, 4, 3), 2 ** min(depth, 15) - 1, np.uint32)
    strip = bytes(range(200, 248)) * depth
    path.write_bytes(encoders.tiff(samples, depth, photometric, tags, strip))
    with pytest.raises(ValueError, match=r"^Expected content to be a readable.*" + reason):
        read_image(path, name="content")


def test_the_largest_integer_is_white(tmp_path: Path) -> None:
    path = tmp_path / "signed.tif"
    tifffile.imwrite(path, np.array([[0, 16384, 32767]], np.int16))
    assert read_image(path)[0, :, 0].tolist() == [0, 128, 255]
    tifffile.imwrite(path, np.array([[0, 2**31, 2**32 - 1]], np.uint32))
    assert read_image(path)[0, :, 0].tolist() == [0, 128, 255]
    tifffile.imwrite(path, np.array([[-1, 16384, 32767]], np.int16))
    with pytest.raises(ValueError, match="samples from -1 to 32767; save it as integers"):
        read_image(path)


@pytest.mark.parametrize(("white", "middle"), [(255, 100), (1, 100 / 255)])
def test_tiff_floats_range_from_0_to_255_or_0_to_1(
    white: float, middle: float, tmp_path: Path
) -> None:
    path = tmp_path / "float.tif"
    tifffile.imwrite(path, np.array([[0, middle, white]], np.float32))
    assert read_image(path)[0, :, 0].tolist() == [0, 100, 255]


@pytest.mark.parametrize("values", [[0.0, 0.4, 1.5], [-0.1, 0.5, 1.0], [0.0, 3.0, 256.0]])
def test_other_tiff_floats_are_refused(values: list[float], tmp_path: Path) -> None:
    path = tmp_path / "float.tif"
    tifffile.imwrite(path, np.array([values], np.float32))
    with pytest.raises(ValueError, match=r"float\.tif' \(.*from .* to .*; save it"):
        read_image(path)
