"""Reads the frames of animated images and the pages of multi-page images."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from ..images.image_file import DECODER_ERRORS
from ..images.reading import ImageSource, open_image, read_alpha, read_image

FORMATS = ("GIF", "WEBP", "PNG", "AVIF", "TIFF")
"""Formats that can have several frames or pages, by Pillow's names."""

MIN_DURATION = Fraction(1, 100)
"""Frames of at most this duration, in seconds, get `DEFAULT_DURATION`, as in browsers."""

DEFAULT_DURATION = Fraction(1, 10)

_SUBFILE_TYPE = 254
_REDUCED_OR_MASK = 1 | 4
"""Bits of TIFF's NewSubfileType for previews and masks of other pages."""


def is_animated(path: str | os.PathLike[str]) -> bool:
    """Whether a file is an image with several frames or pages."""
    try:
        with Path(path).open("rb") as file, Image.open(file, formats=FORMATS) as image:
            return len(_numbers(image)) > 1
    except DECODER_ERRORS:
        return False


def read_animated(path: str | os.PathLike[str]) -> Iterator[tuple[np.ndarray, Fraction]]:
    """Yields the pixels of each frame, as in `read_frame`, and its duration in seconds.

    The pages of a TIFF have no durations and yield 0.
    """
    number = 0
    try:
        with Path(path).open("rb") as file, Image.open(file, formats=FORMATS) as image:
            for number in _numbers(image):
                image.seek(number)
                image.load()
                yield read_frame(image), _seconds(image)
    except DECODER_ERRORS as error:
        raise ValueError(
            f"Expected {str(path)!r} to be a readable animation. Received: an error in frame "
            f"{number} ({error}). Save the file again, or choose other frames."
        ) from error


def _numbers(image: Image.Image) -> list[int]:
    """Pillow's frame numbers of the frames of an animation or the pages of a TIFF."""
    numbers = list(range(getattr(image, "n_frames", 1)))
    if image.format == "TIFF":
        return [number for number in numbers if _is_page(image, number)]
    # A PNG may have a default image for programs that do not support animation.
    return numbers[1:] if image.info.get("default_image") else numbers


def _is_page(image: Image.Image, number: int) -> bool:
    image.seek(number)
    return not getattr(image, "tag_v2", {}).get(_SUBFILE_TYPE, 0) & _REDUCED_OR_MASK


def read_frame(source: ImageSource) -> np.ndarray:
    """Reads an image as `(height, width, 3)`, uint8, or `(height, width, 4)` with alpha."""
    image = open_image(source, "a frame")
    color = read_image(image, name="a frame", background=None)
    opacity = read_alpha(image, color.shape[:2], "a frame")
    return color if opacity is None else np.dstack([color, opacity])


def _seconds(image: Image.Image) -> Fraction:
    """The duration of the current frame."""
    if image.format == "TIFF":
        return Fraction(0)
    # Pillow gives milliseconds; PNG stores a fraction of two 16-bit integers.
    seconds = Fraction(image.info.get("duration", 0) / 1000).limit_denominator(65535)
    return seconds if seconds > MIN_DURATION else DEFAULT_DURATION
