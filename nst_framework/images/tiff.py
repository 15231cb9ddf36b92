"""TIFFs that Pillow does not read, or reads wrongly: deep planes, floats, signs, large files.

`tifffile` reads their tags. Its own decoders need another package for most compressions and do
not limit what a strip unpacks to, so Pillow's libtiff unpacks the strips and tiles, as bytes.
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
"""How TIFFs begin: in either byte order, with addresses of 32 or 64 bits."""

UNKNOWN_SIGNATURE = b"MM\0+"
"""The one that Pillow reads wrongly."""

COMPRESSIONS = (1, 5, 8, 32773, 32946, 34925, 50000)
"""What Pillow unpacks to bytes: nothing, LZW, deflate, PackBits, deflate again, LZMA, Zstandard."""

CHANNELS = {0: 1, 1: 1, 2: 3, 5: 4, 6: 3}
"""Channels of white is zero, black is zero, RGB, CMYK and YCbCr; others are refused."""

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}

_ASSOCIATED, _UNASSOCIATED = 1, 2
"""Extra samples that are alpha: multiplied with the colours, or not."""

_KEPT_TAGS = (270, 271, 272, 274, 305, 306, 315, 33432)
"""Description, make, model, orientation, software, date, artist and copyright."""

_NEEDED_TAGS = {*range(256, 260), 262, 266, 273, *range(277, 280), 284, 317, *range(322, 326)}
_NEEDED_TAGS |= {338, 339, 529, 530, 532, 34675}
"""The tags that decide the pixels."""

CheckSize = Callable[[int, int, int], None]
"""Checks width and height in pixels, and the bytes that reading takes."""


def is_misread(image: Image.Image) -> bool:
    """Whether Pillow gives other pixels than those of a TIFF that it has opened."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    tags = image.tag_v2
    bits, is_packed = tags.get(258, (1,)), tags.get(259, 1) != 1
    if not is_packed and tags.get(262) == PHOTOMETRIC.YCBCR:
        # Several pixels share their colour, unless the file says something else.
        return True
    # It takes planes of 16 bits, if they are not compressed, for planes of 8.
    is_mixed_up = image.mode == "LA" or (16 in bits and not is_packed)
    misread_planes = tags.get(284, 1) == 2 and is_mixed_up
    # Of 16 bits of colours, it drops the lower 8.
    is_cut = 16 in bits and tags.get(262) == PHOTOMETRIC.RGB and _is_plain(tags)
    # It has no sign for 8 bits and only signs for 32, ignores the range of numbers with a sign, and
    # swaps the bytes of what libtiff has swapped.
    is_unsigned = image.mode in ("I", "F") or (2 in tags.get(339, (1,)) and 8 in bits)
    return misread_planes or is_cut or is_unsigned


def _is_plain(tags: TiffImagePlugin.ImageFileDirectory_v2) -> bool:
    """Whether colours are written in a way that is read here, rather than by Pillow alone."""
    return (
        tags.get(259, 1) in COMPRESSIONS and tags.get(266, 1) == 1 and len(tags.get(338, ())) <= 1
    )


def check_is_whole(image: Image.Image) -> None:
    """Refuses a raw photograph, of which a TIFF shows its thumbnail first."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    if image.tag_v2.get(254, 0) & 1 and 330 in image.tag_v2:
        raise ValueError(
            "its first picture is a thumbnail, as in raw photographs; develop it to TIFF or JPEG"
        )


def has_smaller_copies(image: Image.Image) -> bool:
    """Whether the second picture of a TIFF is the first one, made smaller."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile) or not image.is_animated:
        return False
    image.seek(1)
    return bool(image.tag_v2.get(254, 0) & 1)


def open_tiff(file: BinaryIO, check_size: CheckSize) -> Image.Image:
    """Reads the first picture of a TIFF.

    It has 8 bits, one of the modes in `MODES`, `La`, `RGBa` or CMYK, and what else is told of it in
    `info` and EXIF, its orientation included, to which it is not turned yet.
    """
    with TiffFile(file) as tiff:
        page = tiff.pages.first
        if not isinstance(page, TiffPage):
            raise ValueError("a TIFF without a picture")
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
    """The number of channels without alpha, and the kind of alpha; 0: none."""
    _check_tags(page)
    depth, photometric = page.bitspersample, page.photometric
    kinds = {1: "unsigned", 2: "signed", 3: "float"}
    name = getattr(photometric, "name", photometric)
    form = f"a TIFF of {depth} bits, {kinds.get(page.sampleformat, 'unknown')}, {name}"
    problem = ""
    channels = CHANNELS.get(photometric, 0)
    extra = tuple(page.extrasamples)
    if not channels or page.samplesperpixel != channels + len(extra):
        problem = "save it as grey, RGB or CMYK"
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
    """Refuses damaged tags, which `tifffile` leaves out, if they decide the pixels."""
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
    """The strips or tiles: channels, first row and column, and samples `(rows, columns, n)`."""
    tile_width, tile_height = page.imagewidth, min(page.rowsperstrip, page.imagelength)
    if page.is_tiled:
        tile_width, tile_height = page.tilewidth, page.tilelength
    across = math.ceil(page.imagewidth / tile_width)
    down = math.ceil(page.imagelength / tile_height)
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    count = planes * down * across
    if min(len(page.dataoffsets), len(page.databytecounts)) < count:
        raise ValueError(f"{count} strips or tiles are too few")
    for number in range(count):
        plane, place = divmod(number, down * across)
        row, column = place // across * tile_height, place % across * tile_width
        # The last strip is shorter, while tiles are filled up.
        height = tile_height if page.is_tiled else min(tile_height, page.imagelength - row)
        channels = slice(plane, plane + 1) if planes > 1 else slice(None)
        size = tiff_samples.segment_size(page, height, tile_width)
        unpacked = _unpack(page, page.dataoffsets[number], page.databytecounts[number], size)
        yield channels, row, column, tiff_samples.decode(page, unpacked, (height, tile_width))


def _unpack(page: TiffPage, offset: int, length: int, size: int) -> np.ndarray:
    """The bytes of a strip or tile, decompressed: array `(size,)`."""
    handle = page.parent.filehandle
    handle.seek(offset)
    packed = handle.read(length)
    if len(packed) != length or (page.compression == 1 and length < size):
        raise OSError(f"the file is truncated: {len(packed)} bytes of {max(length, size)}")
    if page.compression == 1:
        return np.frombuffer(packed, np.uint8, size)
    # A TIFF of one row of grey, which libtiff does not unpack any further than its end.
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
    """Keeps what the tags say of an image where Pillow keeps it."""
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
