"""Opens image files: only the formats that are named here, up to a stated size, upright."""

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
"""What is opened, by Pillow's names. It knows more, some of which it leaves to other programs."""

MOST_PIXELS = 178_000_000
"""Pixels of the largest image that is read; Pillow itself refuses more than 178,956,970."""

MOST_RUN_LENGTH_PIXELS = 10_000_000
"""The same for BMP files of run lengths, which Pillow decodes in Python, pixel by pixel."""

MOST_BYTES = 2**31
"""Bytes of the largest file that is read. Pillow reads WebP files as a whole."""

BYTES_PER_PIXEL = 20
"""Memory that reading takes at most for each pixel; `tools/image_corpus` measures it."""

_RUN_LENGTHS = (1, 2)
"""BMP's numbers for RLE8 and RLE4."""

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
"""What Pillow raises for damaged files; it documents only some of these."""


ORIENTATION = 0x0112
"""EXIF's number for how a picture lies in its file: 1, upright, to 8."""

TURNED = (5, 6, 7, 8)
"""The orientations of pictures that lie on their side."""


class Layout(NamedTuple):
    """Width and height of a picture that is upright, and how it lies in its file."""

    width: int
    height: int
    orientation: int = 1

    @classmethod
    def of(cls, image: Image.Image) -> Layout:
        """The layout of an image as Pillow opens it, not turned upright yet."""
        orientation = 1
        # Damaged EXIF, which whoever decodes the image tells of.
        with contextlib.suppress(*DECODER_ERRORS):
            orientation = image.getexif().get(ORIENTATION, 1)
        size = image.size[::-1] if orientation in TURNED else image.size
        return cls(*size, orientation)


@contextlib.contextmanager
def open_header(source: str | os.PathLike[str], name: str) -> Iterator[Image.Image]:
    """Opens an image file without decoding it, if Pillow knows its format, and not upright."""
    path = Path(source)
    _check_file(path, name, f"Received: {name}={str(source)!r}")
    image = None
    with contextlib.ExitStack() as opened:
        with contextlib.suppress(*DECODER_ERRORS):
            file = opened.enter_context(path.open("rb"))
            if file.read(4) != tiff.UNKNOWN_SIGNATURE:
                image = opened.enter_context(Image.open(file, formats=FORMATS))
        yield open_file(source, name) if image is None else image


def open_file(source: str | os.PathLike[str], name: str) -> Image.Image:
    """Opens an image file and decodes its first picture.

    It is upright according to its EXIF orientation, in any of Pillow's modes.
    """
    path = Path(source)
    received = f"Received: {name}={str(source)!r}"
    _check_file(path, name, received)
    try:
        # Through an open file, because Pillow would map one that it opens itself into memory, and
        # then mixes up the sides of a TIFF that lies on its side.
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
    """Decodes an image in any of Pillow's modes, as it lies in the file."""
    start = file.read(4)
    file.seek(0)
    try:
        if start != tiff.UNKNOWN_SIGNATURE:
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
    """How many pictures a file has of which `open_file` takes the first.

    The smaller copies in a TIFF and what cameras add to a JPEG do not count.
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
        # A pipe would wait for ever, and a device may never end.
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise ValueError(
            f"Expected {name} to be an image file. {received}, which is {kind}. Pass a file."
        )
    if status.st_size > MOST_BYTES:
        raise ValueError(
            f"Expected {name} to have at most {MOST_BYTES} bytes. {received}, which has "
            f"{status.st_size}. Save a smaller image."
        )


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    run_lengths = image.format == "BMP" and image.info.get("compression") in _RUN_LENGTHS
    most = MOST_RUN_LENGTH_PIXELS if run_lengths else MOST_PIXELS
    _check_bytes(width, height, BYTES_PER_PIXEL * width * height, most)


def _check_bytes(width: int, height: int, size: int, most: int = MOST_PIXELS) -> None:
    """Checks width and height in pixels, and the bytes that reading takes."""
    if width < 1 or height < 1:
        raise ValueError(f"{width} x {height} pixels")
    if width * height > most:
        raise ValueError(f"{width} x {height} pixels are more than {most}")
    if size > available_memory():
        raise MemoryError
