"""What an image file says of its picture: its settings, and what the photograph said of itself."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, PngImagePlugin

from .image_file import DECODER_ERRORS, TURNED, Layout, open_file, open_header

PNG_KEYWORD = "nst_framework"
"""The keyword of the text in a PNG's `iTXt` chunk."""

EXIF_IFD, USER_COMMENT = 0x8769, 0x9286
"""EXIF's numbers for its own table and, within it, for a comment."""

UNICODE = b"UNICODE\0"
"""Before a comment in UTF-16."""

TAGS = {270: "description", 306: "date_time", 315: "artist", 33432: "copyright"}
"""EXIF's numbers of the texts that are kept, and Pillow's names of them."""

EXIF_TAGS = (0x9003, 0x9011)
"""Those for when the photograph was taken, and in which time zone, in EXIF's own table."""

X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, INCH = 282, 283, 296, 2

PNG_TEXTS = {"Author": 315, "Copyright": 33432, "Description": 270}
"""Keywords of PNG that mean the same."""

DPI_RANGE = (1, 65535)
"""The least and the greatest resolution that every format holds, in pixels per inch."""

LONGEST_TEXT = 2000
"""Characters of a text that are kept."""

LONGEST_EXIF = 65_000
"""Bytes of EXIF that fit into a JPEG."""


@dataclass(frozen=True)
class Details:
    """What a photograph says of itself that is true of its picture as well.

    Attributes:
        dpi: Pixels per inch, horizontally and vertically; `None`: not known.
        tags: Artist, copyright, description and dates by EXIF's numbers.
        exif_tags: The same in EXIF's own table.
    """

    dpi: tuple[float, float] | None = None
    tags: dict[int, str] = field(default_factory=dict)
    exif_tags: dict[int, str] = field(default_factory=dict)


def photograph_details(source: str | os.PathLike[str], shape: tuple[int, int]) -> Details:
    """The details of an image file for a picture of it with a height and width.

    The resolution is such that the picture is printed as large as the photograph. Whatever is
    damaged or gone is left out, since the picture is made by now.
    """
    with warnings.catch_warnings(), contextlib.suppress(*DECODER_ERRORS, MemoryError):
        warnings.simplefilter("ignore")
        with open_header(source, "content") as image:
            return Details(_resolution(image, shape), *_kept_texts(image))
    return Details()


def _kept_texts(image: Image.Image) -> tuple[dict[int, str], dict[int, str]]:
    """Artist, copyright, description and date, and those of EXIF's own table."""
    exif = image.getexif()
    tags = _texts(exif, TAGS)
    for name, number in PNG_TEXTS.items():
        if isinstance(text := image.info.get(name), str):
            tags.setdefault(number, text.encode().decode("latin-1"))
    exif_tags: dict[int, str] = {}
    with contextlib.suppress(*DECODER_ERRORS):
        exif_tags = _texts(exif.get_ifd(EXIF_IFD), EXIF_TAGS)
    return tags, exif_tags


def _resolution(image: Image.Image, shape: tuple[int, int]) -> tuple[float, float] | None:
    """Pixels per inch, horizontally and vertically, at which a picture is as large as the image."""
    layout = Layout.of(image)
    with contextlib.suppress(*DECODER_ERRORS):
        across, down = (float(number) for number in image.info["dpi"])
        if layout.orientation in TURNED:
            across, down = down, across
        scaled = across * shape[1] / layout.width, down * shape[0] / layout.height
        # 72 is what programs write that know of no resolution.
        is_known = (round(across), round(down)) != (72, 72)
        if is_known and DPI_RANGE[0] <= min(scaled) <= max(scaled) <= DPI_RANGE[1]:
            return scaled
    return None


def metadata_options(
    extension: str, text: str | None, details: Details | None = None
) -> dict[str, Any]:
    """The options with which Pillow writes a text and a photograph's details into a file.

    BMP has a place for the resolution alone, and a text that is too long is left out.
    """
    details = details or Details()
    options: dict[str, Any] = {}
    if details.dpi is not None and extension != ".webp":
        options["dpi"] = details.dpi
    if extension == ".bmp":
        return options
    exif, has_exif = _exif(details), details != Details()
    if text is not None and extension == ".png":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt(PNG_KEYWORD, text)
        options["pnginfo"] = chunks
    elif text is not None:
        with_text = _exif(details)
        with_text.get_ifd(EXIF_IFD)[USER_COMMENT] = UNICODE + text.encode("utf-16-be")
        if len(with_text.tobytes()) <= LONGEST_EXIF:
            exif, has_exif = with_text, True
    if has_exif:
        options["exif"] = exif.tobytes()
    if extension in (".tif", ".tiff"):
        # Of these, Pillow keeps no more than ASCII unless they are options of their own.
        options |= {name: exif[number] for number, name in TAGS.items() if number in exif}
    return options


def _exif(details: Details) -> Image.Exif:
    exif = Image.Exif()
    for number, text in details.tags.items():
        # EXIF is to be ASCII, but programs write UTF-8, which Pillow reads as Latin-1.
        exif[number] = text.encode("latin-1", "replace")
    if details.exif_tags:
        exif.get_ifd(EXIF_IFD).update(details.exif_tags)
    if details.dpi is not None:
        exif[X_RESOLUTION], exif[Y_RESOLUTION] = details.dpi
        exif[RESOLUTION_UNIT] = INCH
    return exif


def _texts(tags: Mapping[int, Any], numbers: Iterable[int]) -> dict[int, str]:
    """Those of the tags that are a text."""
    found = {number: tags.get(number) for number in numbers}
    return {
        number: text[:LONGEST_TEXT]
        for number, text in found.items()
        if isinstance(text, str) and text
    }


def read_metadata(source: str | os.PathLike[str]) -> str | None:
    """The text that `write_image` put into a file, or `None` if there is none."""
    with warnings.catch_warnings():
        # Pillow warns of damaged EXIF, in which there are no settings then.
        warnings.simplefilter("ignore")
        image = open_file(source, "image")
        text = image.info.get(PNG_KEYWORD)
        if text is not None:
            return str(text)
        try:
            # Of the file, because a TIFF of 16 bits has lost its comment by now.
            with open_header(source, "image") as header:
                comment = header.getexif().get_ifd(EXIF_IFD).get(USER_COMMENT)
        except DECODER_ERRORS:
            return None
    if not isinstance(comment, bytes) or not comment.startswith(UNICODE):
        return None
    try:
        return comment.removeprefix(UNICODE).decode("utf-16-be")
    except UnicodeDecodeError:
        return None
