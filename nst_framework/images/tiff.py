"""Reads TIFFs that Pillow misreads or rejects: 16-bit planes, floats, signed samples, BigTIFF.

`tifffile` reads the tags. Its decoders need another package for most compressions and do not limit
the decompressed size of a strip, so Pillow's libtiff decompresses strips and tiles to bytes.
"""

from __future__ import annotations

import contextlib
import io
import math
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
from PIL import Image, TiffImagePlugin
from tifffile import PHOTOMETRIC, TiffFile, TiffPage

from . import tiff_samples

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of a TIFF or BigTIFF, in either byte order."""

MISREAD_SIGNATURE = b"MM\0+"
"""The signature that Pillow misreads: big-endian BigTIFF."""

COMPRESSIONS = (1, 5, 8, 32773, 32946, 34925, 50000)
"""Supported compressions: none, LZW, deflate, PackBits, old deflate, LZMA and Zstandard."""

CHANNELS = {0: 1, 1: 1, 2: 3, 5: 4, 6: 3}
"""Channels by photometric interpretation: WhiteIsZero, BlackIsZero, RGB, CMYK and YCbCr."""

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}

_ASSOCIATED, _UNASSOCIATED = 1, 2
"""Extra samples that hold alpha: premultiplied and straight."""

_KEPT_TAGS = (270, 271, 272, 274, 305, 306, 315, 33432)
"""Description, make, model, orientation, software, date, artist and copyright."""

_NEEDED_TAGS = {*range(256, 260), 262, 266, 273, *range(277, 280), 284, 317, *range(322, 326)}
_NEEDED_TAGS |= {338, 339, 529, 530, 532, 34675}
"""Tags that affect the decoded pixels."""

CheckSize = Callable[[int, int, int], None]
"""Checks width and height in pixels, and the memory needed in bytes."""


def is_misread(image: Image.Image) -> bool:
    """Whether Pillow would decode an opened TIFF to wrong pixels."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    tags = image.tag_v2
    bits, is_packed = tags.get(258, (1,)), tags.get(259, 1) != 1
    if not is_packed and tags.get(262) == PHOTOMETRIC.YCBCR:
        # Chroma is subsampled by default, which Pillow misreads in uncompressed files.
        return True
    # Pillow reads uncompressed 16-bit planes as 8-bit planes.
    is_mixed_up = image.mode == "LA" or (16 in bits and not is_packed)
    misread_planes = tags.get(284, 1) == 2 and is_mixed_up
    # Pillow drops the low byte of 16-bit colors.
    is_cut = 16 in bits and tags.get(262) == PHOTOMETRIC.RGB and _is_plain(tags)
    # Pillow reads 8-bit samples as unsigned and 32-bit samples as signed, ignores the range of
    # signed samples, and swaps bytes that libtiff has already swapped.
    is_unsigned = image.mode in ("I", "F") or (2 in tags.get(339, (1,)) and 8 in bits)
    return misread_planes or is_cut or is_unsigned


def _is_plain(tags: TiffImagePlugin.ImageFileDirectory_v2) -> bool:
    """Whether this module can read the colors; otherwise, only Pillow can."""
    return (
        tags.get(259, 1) in COMPRESSIONS and tags.get(266, 1) == 1 and len(tags.get(338, ())) <= 1
    )


def check_is_whole(image: Image.Image) -> None:
    """Rejects raw photographs, whose first image is a thumbnail."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    if image.tag_v2.get(254, 0) & 1 and 330 in image.tag_v2:
        raise ValueError(
            "its first image is a thumbnail, as in raw photographs; develop it to TIFF or JPEG"
        )


def has_smaller_copies(image: Image.Image) -> bool:
    """Whether the second image of a TIFF is a reduced copy of the first."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile) or not image.is_animated:
        return False
    image.seek(1)
    return bool(image.tag_v2.get(254, 0) & 1)


def open_tiff(file: BinaryIO, check_size: CheckSize) -> Image.Image:
    """Reads the first image of a TIFF as 8-bit, without turning it upright.

    Its mode is one of `MODES`, `La`, `RGBa` or CMYK. Metadata, including the orientation, goes to
    `info` and EXIF.
    """
    with TiffFile(file) as tiff:
        page = tiff.pages.first
        if not isinstance(page, TiffPage):
            raise ValueError("a TIFF without an image")
        channels, alpha = _check(page)
        width, height, kept = page.imagewidth, page.imagelength, channels + (alpha > 0)
        check_size(width, height, width * height * (2 * kept * tiff_samples.itemsize(page) + 8))
        samples = np.zeros((height, width, kept), tiff_samples.dtype(page))
        for planes, rows, columns, values in _segments(page):
            part = samples[rows : rows + len(values), columns : columns + values.shape[1], planes]
            part[:] = values[: part.shape[0], : part.shape[1], : part.shape[2]]
    pixels = tiff_samples.to_bytes(samples)
    if page.photometric == PHOTOMETRIC.YCBCR:
        pixels = tiff_samples.to_rgb(pixels, page)
    image = _to_image(pixels, page, alpha)
    _keep_tags(image, page)
    return image


def _check(page: TiffPage) -> tuple[int, int]:
    """The number of channels without alpha, and the type of alpha; 0 is none."""
    _check_tags(page)
    depth, photometric = page.bitspersample, page.photometric
    kinds = {1: "unsigned", 2: "signed", 3: "float"}
    name = getattr(photometric, "name", photometric)
    form = f"a TIFF of {depth} bits, {kinds.get(page.sampleformat, 'unknown')}, {name}"
    problem = ""
    channels = CHANNELS.get(photometric, 0)
    extra = tuple(page.extrasamples)
    if not channels or page.samplesperpixel != channels + len(extra):
        problem = "save it as gray, RGB or CMYK"
    elif page.compression not in COMPRESSIONS:
        name = getattr(page.compression, "name", page.compression)
        problem = f"save it without the compression {name}"
    elif tiff_samples.itemsize(page) == 0 or page.imagedepth != 1 or page.fillorder != 1:
        problem = "save it with 8 or 16 bits"
    elif not tiff_samples.predictor(page):
        problem = "save it without a predictor"
    elif photometric == PHOTOMETRIC.YCBCR and (depth, page.planarconfig) != (8, 1):
        problem = "save it as RGB"
    alpha = extra[0] if extra and extra[0] in (_ASSOCIATED, _UNASSOCIATED) else 0
    is_behind = not alpha and {_ASSOCIATED, _UNASSOCIATED} & {*extra}
    if is_behind or (alpha and channels == 4):
        problem = "save it as RGB with alpha, or as CMYK without"
    if problem:
        raise ValueError(f"{form}: {problem}")
    return channels, alpha


def _check_tags(page: TiffPage) -> None:
    """Rejects damaged tags that affect the pixels; `tifffile` silently drops them."""
    form, handle = page.parent.tiff, page.parent.filehandle
    handle.seek(page.offset)
    (count,) = struct.unpack(form.tagnoformat, handle.read(form.tagnosize))
    entries = handle.read(count * form.tagsize)
    layout = f"{page.parent.byteorder}H{form.tagsize - 2}x"
    codes = {code for (code,) in struct.iter_unpack(layout, entries)}
    lost = codes & _NEEDED_TAGS - set(page.tags.keys())
    if lost:
        raise ValueError(f"the TIFF's tags {sorted(lost)} are damaged")


def _segments(page: TiffPage) -> Iterator[tuple[slice, int, int, np.ndarray]]:
    """Yields each strip or tile: channels, first row and column, samples `(rows, columns, n)`."""
    tile_width, tile_height = page.imagewidth, min(page.rowsperstrip, page.imagelength)
    if page.is_tiled:
        tile_width, tile_height = page.tilewidth, page.tilelength
    across = math.ceil(page.imagewidth / tile_width)
    down = math.ceil(page.imagelength / tile_height)
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    count = planes * down * across
    if min(len(page.dataoffsets), len(page.databytecounts)) < count:
        raise ValueError(f"too few strips or tiles; {count} are needed")
    for number in range(count):
        plane, place = divmod(number, down * across)
        row, column = place // across * tile_height, place % across * tile_width
        # The last strip is shorter; tiles are padded.
        height = tile_height if page.is_tiled else min(tile_height, page.imagelength - row)
        channels = slice(plane, plane + 1) if planes > 1 else slice(None)
        size = tiff_samples.segment_size(page, height, tile_width)
        unpacked = _unpack(page, page.dataoffsets[number], page.databytecounts[number], size)
        yield channels, row, column, tiff_samples.decode(page, unpacked, (height, tile_width))


def _unpack(page: TiffPage, offset: int, length: int, size: int) -> np.ndarray:
    """Decompresses a strip or tile to bytes: array `(size,)`."""
    handle = page.parent.filehandle
    handle.seek(offset)
    packed = handle.read(length)
    if len(packed) != length or (page.compression == 1 and length < size):
        raise OSError(f"the file is truncated: {len(packed)} bytes of {max(length, size)}")
    if page.compression == 1:
        return np.frombuffer(packed, np.uint8, size)
    # A gray TIFF of one row, so that libtiff cannot decompress more than `size` bytes.
    tags = {256: size, 257: 1, 258: 8, 259: page.compression, 262: 1, 273: 8, 277: 1, 278: 1}
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items()]
    entries.append(struct.pack("<HHII", 279, 4, 1, length))
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    row = b"II*\0" + struct.pack("<I", 8 + length) + packed + directory
    with Image.open(io.BytesIO(row), formats=["TIFF"]) as image:
        return np.asarray(image).reshape(-1)


def _to_image(pixels: np.ndarray, page: TiffPage, alpha: int) -> Image.Image:
    if page.photometric == PHOTOMETRIC.MINISWHITE:
        pixels[..., 0] = 255 - pixels[..., 0]
    if page.photometric == PHOTOMETRIC.SEPARATED:
        return Image.fromarray(pixels, "CMYK")
    mode = MODES[pixels.shape[-1]]
    if alpha == _ASSOCIATED:
        mode = mode.replace("A", "a")
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels, mode)


def _keep_tags(image: Image.Image, page: TiffPage) -> None:
    """Stores the metadata tags where Pillow stores them."""
    exif = image.getexif()
    for number in _KEPT_TAGS:
        if (value := page.tags.valueof(number)) is not None:
            exif[number] = int(value) if number == 274 else str(value)
    profile = page.tags.valueof(34675)
    if isinstance(profile, bytes):
        image.info["icc_profile"] = profile
    units = {2: 1.0, 3: 2.54}
    factor = units.get(page.resolutionunit)
    with contextlib.suppress(ArithmeticError, TypeError, ValueError):
        if factor is not None and 282 in page.tags:
            image.info["dpi"] = tuple(factor * number for number in page.resolution)
