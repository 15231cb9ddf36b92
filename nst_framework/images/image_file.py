"""Opens image files upright, in an allowlist of formats and up to a size limit."""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from ..memory import available_memory
from . import color_tags, deep_png, other_formats, tiff

FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "TIFF", "AVIF")
"""Allowed formats, by Pillow's names. Pillow hands some other formats to external programs."""

MAX_PIXELS = 178_000_000
"""Pixels of the largest image that is read; Pillow's own limit is 178,956,970."""

MAX_RUN_LENGTH_PIXELS = 10_000_000
"""Limit for run-length encoded BMP files, which Pillow decodes pixel by pixel in Python."""

MAX_BYTES = 2**31
"""Bytes of the largest file that is read. Pillow loads WebP files whole."""

BYTES_PER_PIXEL = 20
"""Upper bound on the memory per pixel while reading; `tools/image_corpus` measures it."""

_RUN_LENGTHS = (1, 2)
"""BMP's codes for RLE8 and RLE4."""

DECODER_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""Errors that Pillow raises for damaged files; it documents only some of them."""


ORIENTATION = 0x0112
"""EXIF's orientation tag: 1 (upright) to 8."""

TURNED = (5, 6, 7, 8)
"""Orientations of images stored on their side."""


class Layout(NamedTuple):
    """Width and height of the upright image, and the EXIF orientation of the stored one."""

    width: int
    height: int
    orientation: int = 1

    @classmethod
    def of(cls, image: Image.Image) -> Layout:
        """The layout of an image as Pillow opens it, before it is turned upright."""
        orientation = 1
        # Damaged EXIF is reported when the image is decoded.
        with contextlib.suppress(*DECODER_ERRORS):
            orientation = image.getexif().get(ORIENTATION, 1)
        size = image.size[::-1] if orientation in TURNED else image.size
        return cls(*size, orientation)


@contextlib.contextmanager
def open_header(source: str | os.PathLike[str], name: str) -> Iterator[Image.Image]:
    """Opens an image file without turning it upright, and without decoding it if possible."""
    path = Path(source)
    _check_file(path, name, f"Received: {name}={str(source)!r}")
    image = None
    with contextlib.ExitStack() as opened:
        with contextlib.suppress(*DECODER_ERRORS):
            file = opened.enter_context(path.open("rb"))
            if file.read(4) != tiff.MISREAD_SIGNATURE:
                image = opened.enter_context(Image.open(file, formats=FORMATS))
        yield open_file(source, name) if image is None else image


def open_file(source: str | os.PathLike[str], name: str) -> Image.Image:
    """Decodes the first image of a file, in any of Pillow's modes.

    It is turned upright according to its EXIF orientation.
    """
    path = Path(source)
    received = f"Received: {name}={str(source)!r}"
    _check_file(path, name, received)
    try:
        # Pass an open file: Pillow maps files that it opens itself into memory, and then swaps
        # width and height of rotated TIFFs.
        with path.open("rb") as file:
            image = _decode(file)
            ImageOps.exif_transpose(image, in_place=True)
            return image
    except UnidentifiedImageError as error:
        raise ValueError(
            f"Expected {name} to be an image file. {received}, which is "
            f"{other_formats.describe(path)}."
        ) from error
    except MemoryError as error:
        raise MemoryError(
            f"Expected {name} to fit into memory. {received}. Choose a smaller image."
        ) from error
    except DECODER_ERRORS as error:
        raise ValueError(
            f"Expected {name} to be a readable image file. {received} ({error}). Save the image "
            "again, or use another file."
        ) from error


def _decode(file: BinaryIO) -> Image.Image:
    """Decodes an image in any of Pillow's modes, without turning it upright."""
    start = file.read(4)
    file.seek(0)
    try:
        if start != tiff.MISREAD_SIGNATURE:
            with Image.open(file, formats=FORMATS) as image:
                if not tiff.is_misread(image):
                    tiff.check_is_whole(image)
                    _check_size(image)
                    deep_decoder = deep_png.decoder(image)
                    image.load()
                    if deep_decoder is not None:
                        deep_png.round_samples(image, deep_decoder, file)
                    color_tags.complete(image, file)
                    return image
    except UnidentifiedImageError:
        if start not in tiff.SIGNATURES:
            raise
    file.seek(0)
    return tiff.open_tiff(file, _check_bytes)


def count_pictures(source: str | os.PathLike[str], name: str) -> int:
    """Counts the images in a file; `open_file` reads the first.

    Reduced copies in a TIFF and auxiliary images in a camera's JPEG do not count.
    """
    with open_header(source, name) as image, contextlib.suppress(*DECODER_ERRORS):
        if image.format == "MPO" or tiff.has_smaller_copies(image):
            return 1
        return getattr(image, "n_frames", 1)
    return 1


def _check_file(path: Path, name: str, received: str) -> None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(
            f"Expected {name} to be an image file. {received}, which does not exist. Check "
            "the path."
        ) from error
    except (OSError, ValueError) as error:
        raise ValueError(
            f"Expected {name} to be an image file. {received} ({error}). Check the path."
        ) from error
    if not stat.S_ISREG(status.st_mode):
        # Reading a pipe could block forever, and a device may never end.
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise ValueError(
            f"Expected {name} to be an image file. {received}, which is {kind}. Pass a file."
        )
    if status.st_size > MAX_BYTES:
        raise ValueError(
            f"Expected {name} to have at most {MAX_BYTES} bytes. {received}, which has "
            f"{status.st_size}. Save a smaller image."
        )


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    run_lengths = image.format == "BMP" and image.info.get("compression") in _RUN_LENGTHS
    most = MAX_RUN_LENGTH_PIXELS if run_lengths else MAX_PIXELS
    _check_bytes(width, height, BYTES_PER_PIXEL * width * height, most)


def _check_bytes(width: int, height: int, size: int, most: int = MAX_PIXELS) -> None:
    """Checks width and height in pixels, and the memory needed in bytes."""
    if width < 1 or height < 1:
        raise ValueError(f"{width} x {height} pixels")
    if width * height > most:
        raise ValueError(f"{width} x {height} pixels exceed the limit of {most}")
    if size > available_memory():
        raise MemoryError
