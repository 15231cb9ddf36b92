"""Metadata of a photograph is copied to its picture where it still applies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from nst_framework import IMAGE_EXTENSIONS, write_image
from nst_framework.images.metadata import Details, photograph_details, read_metadata

TAGS = {270: "A street", 306: "2024:05:06 07:08:09", 315: "Jürgen", 33432: "© Jürgen 2024"}
TAKEN = {0x9003: "2024:05:01 10:11:12", 0x9011: "+02:00"}
PIXELS = np.full((20, 30, 3), 99, np.uint8)


def photograph(path: Path, orientation: int = 1, **options: Any) -> Path:
    """A photograph of 60 x 40 pixels with the metadata that a camera may write."""
    exif = Image.Exif()
    for number, text in TAGS.items():
        exif[number] = text.encode()
    exif[0x0112] = orientation
    exif[271], exif[305] = "A maker", "A program"
    exif.get_ifd(0x8769).update(TAKEN)
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.0)})
    exif.get_ifd(0x8769)[0xA430] = "An owner"
    if path.suffix == ".tif":
        names = {270: "description", 306: "date_time", 315: "artist", 33432: "copyright"}
        options |= {names[number]: text.encode() for number, text in TAGS.items()}
    Image.new("RGB", (60, 40)).save(path, **{"exif": exif.tobytes(), "dpi": (300, 300), **options})
    return path


def text_of(exif: Any, number: int) -> str:
    """Decodes a text of EXIF in UTF-8, which Pillow reads as Latin-1."""
    return str(exif[number]).encode("latin-1").decode()


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("result", ["jpg", "png", "webp", "tif"])
def test_details_are_copied(extension: str, result: str, tmp_path: Path) -> None:
    details = photograph_details(photograph(tmp_path / f"p.{extension}"), PIXELS.shape[:2])
    path = tmp_path / f"r.{result}"
    write_image(path, PIXELS, "settings", details)
    assert read_metadata(path) == "settings"
    with Image.open(path) as image:
        exif = image.getexif()
        assert {number: text_of(exif, number) for number in TAGS} == TAGS
        assert {number: exif.get_ifd(0x8769)[number] for number in TAKEN} == TAKEN
        for number in (0x0112, 271, 0x8825, 513):
            assert number not in exif, "orientation, camera, place and thumbnail are left out"
        assert 0xA430 not in exif.get_ifd(0x8769)
        if extension != "webp":  # Pillow does not write the resolution to WebP.
            assert exif[282] == pytest.approx(150, abs=0.01), "half the pixels per inch"
            assert result == "webp" or image.info["dpi"] == pytest.approx((150, 150), abs=0.1)


def test_a_bitmap_keeps_the_resolution(tmp_path: Path) -> None:
    write_image(tmp_path / "r.bmp", PIXELS, "settings", Details((150.0, 150.0), TAGS, TAKEN))
    with Image.open(tmp_path / "r.bmp") as image:
        assert image.info["dpi"] == pytest.approx((150, 150), abs=0.1)


def test_the_resolution_of_a_rotated_photograph_is_swapped(tmp_path: Path) -> None:
    path = photograph(tmp_path / "p.jpg", orientation=6, dpi=(300, 200))
    assert photograph_details(path, (60, 40)).dpi == pytest.approx((200, 300))


@pytest.mark.parametrize("dpi", [(72, 72), (0, 0)])
def test_an_unknown_resolution_stays_unknown(dpi: tuple[int, int], tmp_path: Path) -> None:
    assert photograph_details(photograph(tmp_path / "p.jpg", dpi=dpi), (40, 60)).dpi is None


def test_texts_of_a_png_and_a_16_bit_tiff_are_read(tmp_path: Path) -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("Author", "Jürgen")
    chunks.add_text("Copyright", "© Jürgen 2024")
    Image.new("RGB", (60, 40)).save(tmp_path / "p.png", pnginfo=chunks)
    found = photograph_details(tmp_path / "p.png", (40, 60)).tags
    assert {number: text_of(found, number) for number in found} == {
        number: TAGS[number] for number in (315, 33432)
    }
    tifffile.imwrite(
        tmp_path / "p.tif",
        np.zeros((3, 40, 60), np.uint16),
        photometric="rgb",
        planarconfig="separate",
        byteorder=">",
        bigtiff=True,
        resolution=(300, 300),
        resolutionunit="inch",
        extratags=[(315, "s", 0, "An artist")],
        metadata=None,
    )
    details = photograph_details(tmp_path / "p.tif", (20, 30))
    assert details.dpi == pytest.approx((150, 150))
    assert details.tags[315] == "An artist"


@pytest.mark.parametrize("extension", IMAGE_EXTENSIONS)
def test_empty_details_do_not_change_the_file(extension: str, tmp_path: Path) -> None:
    write_image(tmp_path / f"a{extension}", PIXELS)
    write_image(tmp_path / f"b{extension}", PIXELS, None, Details())
    assert (tmp_path / f"a{extension}").read_bytes() == (tmp_path / f"b{extension}").read_bytes()


def test_settings_that_are_too_long_do_not_displace_the_details(tmp_path: Path) -> None:
    write_image(tmp_path / "r.jpg", PIXELS, "x" * 40_000, Details((150.0, 150.0), {315: "Artist"}))
    assert read_metadata(tmp_path / "r.jpg") is None
    with Image.open(tmp_path / "r.jpg") as image:
        assert image.getexif()[315] == "Artist"


def test_a_missing_or_damaged_photograph_has_no_details(tmp_path: Path) -> None:
    assert photograph_details(tmp_path / "gone.jpg", (4, 4)) == Details()
    path = photograph(tmp_path / "p.jpg")
    data = path.read_bytes()
    for length in range(0, len(data), 40):
        path.write_bytes(data[:length])
        photograph_details(path, (4, 4))
