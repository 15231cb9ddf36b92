"""Encodes 16-bit RGB, which Pillow cannot, with the metadata that Pillow writes."""

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
"""PNG's color types, by number of channels."""

ABOVE = 2
"""PNG's filter type Up: differences from the row above."""

ROWS = 64
"""Rows of a PNG compressed at a time."""

WIDTH, BITS_PER_SAMPLE = 256, 258
"""TIFF tags."""


def encode_png(samples: np.ndarray, options: dict[str, Any]) -> bytes:
    """Encodes samples `(height, width, 3 or 4)`, uint16, as PNG.

    Pillow encodes a single pixel with the metadata in `options`; the size and pixels are then
    replaced.
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
        # Length, type and checksum take four bytes each.
        position += length + 12
    return file.getvalue()


def encode_tiff(samples: np.ndarray, options: dict[str, Any]) -> bytes:
    """Encodes samples as an uncompressed TIFF; arguments as for `encode_png`.

    Pillow writes each sample as two 8-bit samples of an image twice as wide; the tags are then
    corrected.
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
    """Compresses the rows of a PNG, each preceded by its filter type."""
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
