"""Damaged and malicious files. They may be refused, and must do no harm."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from . import encoders, profiles
from .pictures import FORMATS, Picture, saved

MUTATED = (
    "RGB.png",
    "type 3, 4 bit, interlaced.png",
    "wide gamut, transparent.png",
    "hole, 16 bit.png",
    "moving.png",
    "RGB.jpg",
    "CMYK.jpg",
    "subsampling 2, progressive.jpg",
    "wide gamut.jpg",
    "several.jpg",
    "RGBA.webp",
    "lossy.webp",
    "moving.webp",
    "wide gamut.webp",
    "RGBA.avif",
    "orientation 6.avif",
    "hole, color, 16 bit.png",
    "gamma and primaries.png",
    "RGB.tif",
    "I-16.tif",
    "L, tiff_lzw.tif",
    "RGB, jpeg.tif",
    "inks.tif",
    "orientation 6, RGB, tiff_lzw.tif",
    "RGB, u2, II, separate.tif",
    "RGBA, f4, big, MM, contig, tiles, zlib.tif",
    "RGB, float, LZW, predictor 3.tif",
    "YCbCr, full, shared.tif",
    "RLE8.bmp",
    "8 bit.bmp",
    "16 bit.bmp",
    "RGB.bmp",
)
"""The files to mutate: several of each format."""

NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Numbers that often cause faults."""


NOTHING = np.zeros((0, 0, 3), np.uint8)
"""The expected image of files that need not be readable."""

LARGEST_SIDE = 13340
"""Side of the largest square image that is read."""


def truncated(picture: Picture, every: int = 10) -> Iterator[Picture]:
    """The file truncated at every tenth byte."""
    for length in range(0, len(picture.data), every):
        stem, _, extension = picture.name.rpartition(".")
        name = f"{stem}, {length} bytes.{extension}"
        yield Picture(
            name, picture.data[:length], picture.expected, picture.tolerance, picture.is_blurred
        )


def mutations(picture: Picture, count: int, seed: int) -> Iterator[Picture]:
    """Random mutations: bytes changed, removed, repeated, or replaced by numbers."""
    generator = random.Random(seed)
    for number in range(count):
        mutated = bytearray(picture.data)
        for _ in range(generator.choice((1, 1, 2, 4, 8))):
            place = generator.randrange(len(mutated))
            length = generator.randrange(1, 9)
            kind = generator.randrange(5)
            if kind == 0:
                mutated[place] ^= 1 << generator.randrange(8)
            elif kind == 1:
                mutated[place : place + length] = generator.randbytes(length)
            elif kind == 2 and len(mutated) > length:
                del mutated[place : place + length]
            elif kind == 3:
                mutated[place:place] = mutated[place : place + length]
            else:
                order = generator.choice("<>")
                number = generator.choice(NUMBERS)
                mutated[place : place + 4] = struct.pack(f"{order}I", number)
        data = bytes(mutated)
        if data.startswith(b"\x89PNG") and generator.random() < 0.7:
            data = with_right_checks(data)
        yield Picture(f"{number}, {picture.name}", data, NOTHING)


def with_right_checks(data: bytes) -> bytes:
    """A PNG with corrected checksums, so that they do not reveal a mutation."""
    repaired, position = data[:8], 8
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        content = data[position + 8 : position + 8 + length]
        repaired += encoders.png_chunk(data[position + 4 : position + 8], content)
        position += 12 + length
    return repaired


def bombs() -> list[Picture]:
    """Small files that declare or decompress to something large."""
    pixel = np.zeros((1, 1, 3), np.uint16)
    zeros = zlib.compress(bytes(100_000_000), 9)
    jpeg = bytearray(saved(Image.new("RGB", (8, 8)), "jpg"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 65500, 65500)
    webp = bytearray(saved(Image.new("RGBA", (8, 8), (1, 2, 3, 4)), "webp", lossless=True))
    extended = b"VP8X" + struct.pack("<IB", 10, 16) + b"\0\0\0" + b"\xff\x3f\0\xff\x3f\0"
    extended_webp = b"RIFF" + struct.pack("<I", len(webp) + 10) + b"WEBP" + extended + webp[12:]
    found = {
        f"{width} x {height}.png": encoders.png(pixel, 8, 2, size=(width, height))
        for width, height in (
            (2**31 - 1, 2**31 - 1),
            (65535, 65535),
            (13400, 13400),
            (2**31 - 1, 1),
        )
    }
    found |= {
        "65500 x 65500.jpg": bytes(jpeg),
        "16384 x 16384.webp": extended_webp,
        "65535 x 65535.tif": encoders.tiff(pixel, 8, 2, {256: [65535], 257: [65535]}),
        "4294967295 strips.tif": encoders.tiff(pixel, 8, 2, {278: [0], 273: [2**32 - 1]}),
        "65535 x 65535, 32 bit.tif": encoders.tiff(pixel, 32, 2, {256: [65535], 257: [65535]}),
        "13000 x 13000, 64 bit.tif": encoders.tiff(pixel, 64, 2, {256: [13000], 257: [13000]}),
        "100 MB of strip.tif": encoders.tiff(pixel, 32, 2, {259: [8]}, zeros),
        "100 MB of tile.tif": encoders.tiff(
            pixel, 32, 2, {259: [8], 322: [65536], 323: [65536], 324: [0], 325: [len(zeros)]}, zeros
        ),
        "2147483647 x 1.bmp": encoders.bmp([bytes(4)], (2**31 - 1, 1), 24),
        "30000 x 30000.bmp": encoders.bmp([bytes(4)], (30000, 30000), 24),
        # Forces the decoder to skip to the end of a long row pixel by pixel.
        "10000001 x 1, RLE8.bmp": encoders.bmp([b"\0\0"], (10_000_001, 1), 8, bytes(4), 1),
        "100 MB of text.png": encoders.png(pixel, 8, 2, extra={b"zTXt": b"a\0\0" + zeros}),
        "100 MB of profile.png": encoders.png(pixel, 8, 2, extra={b"iCCP": b"a\0\0" + zeros}),
        "100 MB behind the pixels.png": encoders.png(pixel, 8, 2) + bytes(1000) + zeros,
    }
    return [Picture(name, data, NOTHING) for name, data in found.items()]


def strange() -> list[Picture]:
    """Files without pixels, of other formats, and empty files."""
    nothing = np.zeros((0, 0, 3), np.uint16)
    pixel = np.zeros((1, 1, 3), np.uint16)
    found = {
        "empty.png": b"",
        "text.png": b"this is not an image",
        "0 x 0.png": encoders.png(nothing, 8, 2),
        "0 x 5.png": encoders.png(pixel, 8, 2, size=(0, 5)),
        "0 x 5.bmp": encoders.bmp([], (0, 5), 24),
        "0 x 5.tif": encoders.tiff(pixel, 8, 2, {256: [0], 257: [5]}),
        "0 x 0.jpg": saved(Image.new("RGB", (8, 8)), "jpg").replace(
            b"\0\x11\x08\0\x08\0\x08", b"\0\x11\x08\0\0\0\0"
        ),
    }
    image = Image.new("RGB", (8, 8))
    for other in (
        "GIF",
        "EPS",
        "PPM",
        "TGA",
        "ICO",
        "PCX",
        "JPEG2000",
        "PDF",
        "ICNS",
        "DDS",
        "SGI",
    ):
        file = io.BytesIO()
        image.save(file, other)
        # Other formats with the extension of a supported one.
        found[f"in fact {other}.png"] = file.getvalue()
    found["in fact PSD.png"] = (
        b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 8, 8, 8, 3) + bytes(99)
    )
    found["in fact HDF5.png"] = b"\x89HDF\r\n\x1a\n" + bytes(99)
    found["in fact a font.png"] = b"\0\1\0\0\0\x0c\0\x80\0\3\0\x40" + bytes(99)
    return [Picture(name, data, NOTHING) for name, data in found.items()]


def long_pictures() -> list[Picture]:
    """Images of one pixel, and of one row or column of ten thousand."""
    found = []
    for width, height in ((1, 1), (1, 10000), (10000, 1)):
        pixels = np.full((height, width, 3), 90, np.uint8)
        for extension in FORMATS:
            data = saved(Image.fromarray(pixels), extension)
            found.append(Picture(f"{width} x {height}.{extension}", data, pixels, 3))
    return found


def hungry(side: int) -> Iterator[Picture]:
    """Large squares in the formats that take the most memory per pixel."""
    adobe, press = profiles.rgb_profile(profiles.ADOBE_RGB, 2.0), profiles.cmyk_profile()
    forms: tuple[tuple[str, str, bytes | None], ...] = (
        ("RGBA", "png", adobe),
        ("LA", "png", None),
        ("I;16", "png", None),
        ("RGB", "jpg", adobe),
        ("CMYK", "jpg", press),
        ("RGBA", "webp", adobe),
        ("I", "tif", None),
        ("F", "tif", None),
        ("CMYK", "tif", press),
        ("RGBA", "tif", adobe),
        ("RGB", "bmp", None),
        ("RGBA", "avif", adobe),
    )
    for mode, extension, profile in forms:
        options: dict[str, Any] = {} if profile is None else {"icc_profile": profile}
        if extension == "png":
            options["compress_level"] = 1
        if extension == "avif":
            options["speed"] = 10
        bands = len(Image.new(mode, (1, 1)).getbands())
        image = Image.new(mode, (side, side), 7 if bands == 1 else (7, 8, 9, 100)[:bands])
        name = f"{mode.replace(';', '-')}, {side} x {side}.{extension}"
        yield Picture(name, saved(image, extension, **options), NOTHING)
