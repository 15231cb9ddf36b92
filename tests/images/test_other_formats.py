"""The error for an unsupported format names it and says how to convert the file."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from nst_framework import read_image
from nst_framework.images.image_file import count_pictures
from nst_framework.jobs.input_images import multi_picture_notes


def heif(*brands: bytes) -> bytes:
    """The start of a file of the HEIF family."""
    content = brands[0] + bytes(4) + b"".join(brands[1:])
    return struct.pack(">I", 8 + len(content)) + b"ftyp" + content + bytes(100)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (heif(b"heic", b"mif1", b"heic"), r"HEIC. Convert it first: heif-convert"),
        (heif(b"mif1", b"mif1", b"heic"), "HEIC"),
        (heif(b"avif", b"avif", b"mif1"), "AVIF, damaged"),
        (b"\xff\x0a" + bytes(50), "JPEG XL. Convert it first: djxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(50), "JPEG XL. Convert it first: djxl"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50), "JPEG 2000. Convert it first: opj_decompress"),
        (b"GIF89a" + bytes(50), "a GIF. Save it as PNG; nst video"),
        (heif(b"crx ", b"crx ", b"isom"), "a raw photograph. Develop it"),
        (b"%PDF-1.7", "a PDF"),
        (b"", "empty or in an unknown format. Use PNG, JPEG, WebP, AVIF, TIFF or BMP"),
        (b"this is not a picture", "empty or in an unknown format"),
    ],
)
def test_the_error_names_the_format(start: bytes, expected: str, tmp_path: Path) -> None:
    # The extension does not match the contents.
    path = tmp_path / "photo.jpg"
    path.write_bytes(start)
    with pytest.raises(ValueError, match=rf"^Expected content to be an image.*which is {expected}"):
        read_image(path, name="content")


def test_a_raw_photographs_thumbnail_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.dng"
    with tifffile.TiffWriter(path) as tiff:
        small, large = np.zeros((8, 8, 3), np.uint8), np.zeros((16, 16), np.uint16)
        tiff.write(small, photometric="rgb", subfiletype=1, subifds=1, metadata=None)
        tiff.write(large, photometric="minisblack", metadata=None)
    with pytest.raises(ValueError, match="thumbnail, as in raw photographs; develop it"):
        read_image(path)


def test_several_images_in_a_file_are_reported(tmp_path: Path) -> None:
    image, other = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    for extension in ("png", "webp", "tif", "avif"):
        path = tmp_path / f"several.{extension}"
        image.save(path, save_all=True, append_images=[other, image])
        assert count_pictures(path, "image") == 3
        assert (read_image(path)[0, 0] > 200).tolist() == [True, False, False]
    settings = {"content": str(path), "style": [str(path)]}
    assert multi_picture_notes(settings) == [f"{path} contains 3 pictures. The first one is used."]


def test_auxiliary_images_are_not_counted(tmp_path: Path) -> None:
    image, other = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (4, 4), "blue")
    # A gain map or depth map, as added by phones.
    image.save(tmp_path / "phone.jpg", "MPO", save_all=True, append_images=[other])
    with tifffile.TiffWriter(tmp_path / "pyramid.tif") as tiff:
        tiff.write(np.zeros((16, 16, 3), np.uint8), photometric="rgb", metadata=None)
        tiff.write(np.zeros((8, 8, 3), np.uint8), photometric="rgb", subfiletype=1, metadata=None)
    image.save(tmp_path / "one.png")
    for name in ("phone.jpg", "pyramid.tif", "one.png"):
        assert count_pictures(tmp_path / name, "image") == 1
