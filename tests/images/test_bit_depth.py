"""Saving 16 bits per channel, and dithering to 8 bits."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import uniform_filter

from nst_framework import read_image, write_image
from nst_framework.images.bit_depth import dither
from nst_framework.images.metadata import Details, photograph_details, read_metadata
from nst_framework.images.modes import srgb_profile
from nst_framework.images.reading import read_alpha

DEEP = [".png", ".tif"]
DETAILS = Details(
    (300.0, 240.0),
    {315: "Artist", 33432: "Rights", 270: "Description", 306: "2026:11:30 10:00:00"},
    {0x9003: "2026:11:29 09:00:00"},
)


def decode_png(path: Path) -> np.ndarray:
    """Decodes a 16-bit PNG according to the standard."""
    contents, samples, position = path.read_bytes(), b"", 8
    while position < len(contents):
        length, kind = struct.unpack_from(">I4s", contents, position)
        body = contents[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", contents, position + 8 + length)
        assert zlib.crc32(kind + body) == checksum
        if kind == b"IHDR":
            width, height, depth, form, *rest = struct.unpack(">2I5B", body)
            assert (depth, rest) == (16, [0, 0, 0])
        if kind == b"IDAT":
            samples += body
        position += 12 + length
    channels = {2: 3, 6: 4}[form]
    rows = np.frombuffer(zlib.decompress(samples), np.uint8).reshape(height, -1)
    assert (rows[:, 0] == 2).all(), "each row is the difference from the row above"
    bytes_ = np.add.accumulate(rows[:, 1:], axis=0, dtype=np.uint8)
    return bytes_.view(">u2").reshape(height, width, channels)


def decode(path: Path) -> np.ndarray:
    """Decodes a 16-bit image without the package's code."""
    return decode_png(path) if path.suffix == ".png" else tifffile.imread(path)


def gradient(height: int = 130, width: int = 97, channels: int = 3) -> np.ndarray:
    """A gradient of few levels, `(height, width, channels)`, float32."""
    levels = np.linspace(100, 104, height * width * channels, dtype=np.float32)
    return levels.reshape(height, width, channels)


@pytest.mark.parametrize("extension", DEEP)
@pytest.mark.parametrize("channels", [3, 4])
def test_floats_are_kept_in_16_bits(tmp_path: Path, extension: str, channels: int) -> None:
    image = gradient(channels=channels)
    image[0, 0], image[-1, -1] = 0, 255
    path = tmp_path / f"deep{extension}"
    write_image(path, image, bit_depth=16)
    samples = decode(path)
    assert samples.shape == image.shape
    assert samples[0, 0].tolist() == [0] * channels
    assert samples[-1, -1].tolist() == [65535] * channels
    assert np.abs(samples / 257 - image).max() <= 0.5 / 257 + 1e-5


@pytest.mark.parametrize("extension", DEEP)
def test_a_16_bit_image_is_read_back_rounded(tmp_path: Path, extension: str) -> None:
    image = np.stack(np.meshgrid(*2 * [np.linspace(0, 255, 300)], [7.4, 99.5001, 250.6]), axis=-1)
    image = image.reshape(300, 900, 3)
    write_image(tmp_path / f"deep{extension}", image, bit_depth=16)
    assert np.abs(read_image(tmp_path / f"deep{extension}") - image).max() <= 0.5 + 1 / 257


@pytest.mark.parametrize("extension", DEEP)
def test_alpha_and_integers_are_read_back_unchanged(tmp_path: Path, extension: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 4), dtype=np.uint8)
    for name, values in (("bytes", image), ("floats", image.astype(np.float32))):
        path = tmp_path / f"{name}{extension}"
        write_image(path, values, bit_depth=16)
        np.testing.assert_array_equal(read_image(path, background=None), image[..., :3])
        np.testing.assert_array_equal(read_alpha(path, (40, 30)), image[..., 3])


@pytest.mark.parametrize("extension", DEEP)
def test_sixteen_bit_files_keep_the_metadata_of_8_bit_files(tmp_path: Path, extension: str) -> None:
    image = gradient(32, 20)
    for depth in (8, 16):
        write_image(tmp_path / f"{depth}{extension}", image, "settings", DETAILS, depth)
    found = []
    for path in (tmp_path / f"{depth}{extension}" for depth in (8, 16)):
        with Image.open(path) as opened:
            assert opened.info["icc_profile"] == srgb_profile()
        found.append((read_metadata(path), photograph_details(path, (32, 20))))
    assert found[0] == found[1]
    assert found[1][0] == "settings"
    assert found[1][1].dpi == pytest.approx((300, 240), abs=0.02)
    assert found[1][1].tags == DETAILS.tags


@pytest.mark.parametrize("extension", [".jpg", ".webp", ".bmp"])
def test_formats_without_16_bits_are_refused(tmp_path: Path, extension: str) -> None:
    with pytest.raises(ValueError, match=r"one of .png, .tif, .tiff for a bit depth of 16"):
        write_image(tmp_path / f"deep{extension}", gradient(), bit_depth=16)
    with pytest.raises(ValueError, match="Expected 8 or 16. Received: bit_depth=12"):
        write_image(tmp_path / "deep.png", gradient(), bit_depth=12)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [np.nan, -1.0, 256.0])
def test_invalid_floats_are_refused(tmp_path: Path, wrong: float) -> None:
    image = gradient()
    image[3, 4, 1] = wrong
    with pytest.raises(ValueError, match="Expected image to be an array"):
        write_image(tmp_path / "wrong.png", image)


def test_dithering_keeps_means_where_rounding_makes_bands(tmp_path: Path) -> None:
    image = np.linspace(100, 104, 256**2, dtype=np.float32).reshape(256, 256, 1).repeat(3, 2)
    write_image(tmp_path / "result.png", image)
    written = read_image(tmp_path / "result.png")
    assert np.abs(written - image).max() < 1

    def largest_error(values: np.ndarray) -> float:
        """The largest difference between means over 8 x 8 pixels."""
        return float(np.abs(uniform_filter((values - image)[..., 0], 8)[8:-8, 8:-8]).max())

    assert largest_error(np.rint(image)) > 0.4
    assert largest_error(written) < 0.1
    assert abs((written - image).mean()) < 0.001
    assert np.ptp(written, axis=-1).max() == 0, "gray stays gray"


@pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
def test_integers_are_not_dithered(level: int) -> None:
    flat = np.full((300, 300, 3), level, np.float32)
    assert (dither(flat) == level).all()
    nearly = np.nextafter(flat, np.float32(128))
    assert (dither(nearly) == level).all()


def test_the_same_image_gives_the_same_bytes(tmp_path: Path) -> None:
    for depth in (8, 16):
        for name in ("a", "b"):
            write_image(tmp_path / f"{name}.png", gradient(), bit_depth=depth)
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_ffmpeg_reads_a_16_bit_png(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    image = gradient(64, 48)
    write_image(tmp_path / "deep.png", image, bit_depth=16)
    with av.open(io.BytesIO((tmp_path / "deep.png").read_bytes())) as container:
        frame = next(container.decode(video=0))
    np.testing.assert_array_equal(frame.to_ndarray(), decode_png(tmp_path / "deep.png"))
