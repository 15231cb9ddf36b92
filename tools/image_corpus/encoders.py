"""Encoders for files that Pillow reads but does not write: odd depths, false headers and more."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

import numpy as np

ADAM7 = (
    (0, 0, 8, 8),
    (0, 4, 8, 8),
    (4, 0, 8, 4),
    (0, 2, 4, 4),
    (2, 0, 4, 2),
    (0, 1, 2, 2),
    (1, 0, 2, 1),
)
"""The passes of an interlaced PNG: first row and column, and the steps to the next."""

PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Channels of each PNG color type: gray, RGB, palette, gray with alpha, RGBA."""


def png(
    samples: np.ndarray,
    depth: int,
    color_type: int,
    interlaced: bool = False,
    extra: Mapping[bytes, bytes] | None = None,
    size: tuple[int, int] | None = None,
) -> bytes:
    """Encodes a PNG.

    Args:
        samples: Array `(height, width, channels)` of integers.
        depth: Bits per sample: 1, 2, 4, 8 or 16.
        color_type: One of `PNG_CHANNELS`.
        interlaced: Whether to use the seven passes of Adam7.
        extra: Further chunks before the pixels, by name.
        size: Width and height in the header; by default, the true ones.

    Returns:
        The file.
    """
    height, width = samples.shape[:2]
    header = struct.pack(
        ">IIBBBBB", *(size or (width, height)), depth, color_type, 0, 0, int(interlaced)
    )
    passes = [samples]
    if interlaced:
        passes = [samples[row::down, column::right] for row, column, down, right in ADAM7]
    rows = b"".join(b"\0" + packed(row, depth) for part in passes if part.size for row in part)
    chunks = [(b"IHDR", header), *(extra or {}).items(), (b"IDAT", compressed(rows))]
    body = b"".join(png_chunk(name, content) for name, content in [*chunks, (b"IEND", b"")])
    return b"\x89PNG\r\n\x1a\n" + body


def png_chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def compressed(content: bytes) -> bytes:
    """Content compressed by Deflate, as in most chunks."""
    return zlib.compress(content, 9)


def packed(row: np.ndarray, depth: int, order: str = ">") -> bytes:
    """The samples of a row as bytes, with the first in the highest bits."""
    samples = row.reshape(-1)
    if depth % 8 == 0:
        return samples.astype(f"{order}u{depth // 8}").tobytes()
    bits = (samples[:, None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.astype(np.uint8)).tobytes()


def tiff(
    samples: np.ndarray,
    depth: int,
    photometric: int,
    tags: Mapping[int, Sequence[int]] | None = None,
    strip: bytes | None = None,
) -> bytes:
    """Encodes a little-endian TIFF with one strip.

    Args:
        samples: Array `(height, width, channels)` of integers.
        depth: Bits per sample, up to 32.
        photometric: Interpretation: 0, white is zero; 1, black is zero; 2, RGB; 5, CMYK.
        tags: Further tags, or other values for the usual ones, by number.
        strip: The strip; by default, the uncompressed samples.

    Returns:
        The file.
    """
    height, width, channels = samples.shape
    if strip is None:
        strip = b"".join(packed(row, depth, "<") for row in samples)
    values: dict[int, Sequence[int]] = {
        256: [width],
        257: [height],
        258: [depth] * channels,
        259: [1],
        262: [photometric],
        273: [0],
        277: [channels],
        278: [height],
        279: [len(strip)],
        **(tags or {}),
    }
    start = 8 + 2 + 12 * len(values) + 4
    outside = b""
    entries = b""
    for tag, numbers in sorted(values.items()):
        given = [start + 4 * 32] if tag == 273 else numbers
        content = struct.pack(f"<{len(given)}I", *given)
        if len(given) > 1:
            place = struct.pack("<I", start + len(outside))
            outside += content
            content = place
        entries += struct.pack("<HHI", tag, 4, len(given)) + content
    head = b"II*\0" + struct.pack("<IH", 8, len(values)) + entries + bytes(4)
    return head + outside.ljust(4 * 32, b"\0") + strip


def bmp(
    rows: Sequence[bytes],
    size: tuple[int, int],
    bits: int,
    palette: bytes = b"",
    compression: int = 0,
) -> bytes:
    """Encodes a BMP with the header of Windows 3.

    Args:
        rows: The rows in the order of the file, each padded to a multiple of four bytes.
        size: Width and height in the header; a negative height is top-down.
        bits: Bits per pixel.
        palette: Four bytes for each color: blue, green, red, zero.
        compression: 0, none; 1, RLE8.

    Returns:
        The file.
    """
    pixels = b"".join(rows)
    offset = 54 + len(palette)
    colors = len(palette) // 4
    info = struct.pack(
        "<IiiHHIIiiII", 40, *size, 1, bits, compression, len(pixels), 2835, 2835, colors, 0
    )
    start = b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset)
    return start + info + palette + pixels
