"""Encodes RGB of 16 bits a channel, which Pillow does not, with all that Pillow writes besides."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import imageio.v3 as iio
import numpy as np
from PIL import PngImagePlugin
from tifffile import TiffFile, TiffPage

SIGNATURE = b"\x89PNG\r\n\x1a\n"

COLOR_TYPES = {3: 2, 4: 6}
"""PNG's numbers for colours without and with alpha, by the number of channels."""

ABOVE = 2
"""PNG's number for rows of differences from the row above."""

ROWS = 64
"""Rows of a PNG that are compressed at a time."""

WIDTH, BITS_PER_SAMPLE = 256, 258
"""TIFF's numbers of these tags."""


def encode_png(samples: np.ndarray, options: dict[str, Any]) -> bytes:
    """The bytes of a PNG.

    Pillow writes the metadata, with a single pixel, whose size and contents are then replaced.

    Samples are `(height, width, 3 or 4)`, uint16; the options are those of Pillow.
    """
    height, width, channels = samples.shape
    pixel = np.zeros((1, 1, channels), np.uint8)
    small = iio.imwrite("<bytes>", pixel, extension=".png", plugin="pillow", **options)
    file = io.BytesIO()
    file.write(SIGNATURE)
    position = len(SIGNATURE)
    while position < len(small):
        length, kind = struct.unpack_from(">I4s", small, position)
        contents = small[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            form = COLOR_TYPES[channels]
            contents = struct.pack(">2I5B", width, height, 16, form, 0, 0, 0)
        elif kind == b"IDAT":
            contents = _compress(samples)
        PngImagePlugin.putchunk(file, kind, contents)
        # Length, kind and checksum have four bytes each.
        position += length + 12
    return file.getvalue()


def encode_tiff(samples: np.ndarray, options: dict[str, Any]) -> bytes:
    """The bytes of a TIFF without compression.

    Pillow writes each sample as two of 8 bits in a picture twice as wide, whose tags are then
    corrected. Samples and options are as for `encode_png`.
    """
    height, width, channels = samples.shape
    halves = samples.astype("<u2").view(np.uint8).reshape(height, 2 * width, channels)
    file = io.BytesIO(iio.imwrite("<bytes>", halves, extension=".tif", plugin="pillow", **options))
    with TiffFile(file, mode="r+") as tiff:
        page = tiff.pages.first
        assert isinstance(page, TiffPage)
        page.tags[WIDTH].overwrite(width)
        page.tags[BITS_PER_SAMPLE].overwrite((16,) * channels)
    return file.getvalue()


def _compress(samples: np.ndarray) -> bytes:
    """The contents of a PNG: rows of bytes, each after the number of its filter, compressed."""
    compressor = zlib.compressobj()
    compressed = []
    above = np.zeros((1, samples[0].nbytes), np.uint8)
    for top in range(0, len(samples), ROWS):
        rows = samples[top : top + ROWS].astype(">u2")
        bytes_ = rows.reshape(len(rows), -1).view(np.uint8)
        differences = bytes_ - np.concatenate([above, bytes_[:-1]])
        above = bytes_[-1:]
        filters = np.full((len(rows), 1), ABOVE, np.uint8)
        compressed.append(compressor.compress(np.hstack([filters, differences]).tobytes()))
    return b"".join([*compressed, compressor.flush()])
