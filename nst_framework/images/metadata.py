"""Metadata of image files: a result's settings, and details copied from its photograph."""

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
"""Keyword of the text in a PNG's `iTXt` chunk."""

EXIF_IFD, USER_COMMENT = 0x8769, 0x9286
"""EXIF's tags for the Exif IFD and, within it, the user comment."""

UNICODE = b"UNICODE\0"
"""Prefix of a user comment in UTF-16."""

TAGS = {270: "description", 306: "date_time", 315: "artist", 33432: "copyright"}
"""EXIF tags that are copied, with Pillow's names."""

EXIF_TAGS = (0x9003, 0x9011)
"""Tags of the Exif IFD that are copied: when the photograph was taken, and its time zone."""

X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, INCH = 282, 283, 296, 2

PNG_TEXTS = {"Author": 315, "Copyright": 33432, "Description": 270}
"""PNG keywords and the equivalent EXIF tags."""

DPI_RANGE = (1, 65535)
"""Range of resolutions that every format can store, in pixels per inch."""

MAX_TEXT_LENGTH = 2000
"""Longer texts are cut off after this many characters."""

MAX_EXIF_BYTES = 65_000
"""Bytes of EXIF that fit into a JPEG."""


@dataclass(frozen=True)
class Details:
    """Metadata of a photograph that also applies to a picture made from it.

    Attributes:
        dpi: Pixels per inch, horizontally and vertically; `None` if unknown.
        tags: Artist, copyright, description and date, by EXIF tag.
        exif_tags: Tags of the Exif IFD: when the photograph was taken, and its time zone.
    """

    dpi: tuple[float, float] | None = None
    tags: dict[int, str] = field(default_factory=dict)
    exif_tags: dict[int, str] = field(default_factory=dict)


def photograph_details(source: str | os.PathLike[str], shape: tuple[int, int]) -> Details:
    """Reads the details of an image file for a picture with the given height and width.

    The resolution is scaled so that the picture prints as large as the photograph. Damaged or
    missing details are left out, because the picture has already been made.
    """
    with warnings.catch_warnings(), contextlib.suppress(*DECODER_ERRORS, MemoryError):
        warnings.simplefilter("ignore")
        with open_header(source, "content") as image:
            return Details(_resolution(image, shape), *_kept_texts(image))
    return Details()


def _kept_texts(image: Image.Image) -> tuple[dict[int, str], dict[int, str]]:
    """The copied tags of EXIF or PNG, and those of the Exif IFD."""
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
    """Pixels per inch, horizontally and vertically, that keep the image's print size."""
    layout = Layout.of(image)
    with contextlib.suppress(*DECODER_ERRORS):
        across, down = (float(number) for number in image.info["dpi"])
        if layout.orientation in TURNED:
            across, down = down, across
        scaled = across * shape[1] / layout.width, down * shape[0] / layout.height
        # Programs write 72 when they do not know the resolution.
        is_known = (round(across), round(down)) != (72, 72)
        if is_known and DPI_RANGE[0] <= min(scaled) <= max(scaled) <= DPI_RANGE[1]:
            return scaled
    return None


def metadata_options(
    extension: str, text: str | None, details: Details | None = None
) -> dict[str, Any]:
    """Pillow options that write a text and a photograph's details into a file.

    BMP stores only the resolution. A text that is too long for EXIF is left out.
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
        if len(with_text.tobytes()) <= MAX_EXIF_BYTES:
            exif, has_exif = with_text, True
    if has_exif:
        options["exif"] = exif.tobytes()
    if extension in (".tif", ".tiff"):
        # Pillow keeps only ASCII unless these are passed as separate options.
        options |= {name: exif[number] for number, name in TAGS.items() if number in exif}
    return options


def _exif(details: Details) -> Image.Exif:
    exif = Image.Exif()
    for number, text in details.tags.items():
        # EXIF should be ASCII, but programs write UTF-8, which Pillow reads as Latin-1.
        exif[number] = text.encode("latin-1", "replace")
    if details.exif_tags:
        exif.get_ifd(EXIF_IFD).update(details.exif_tags)
    if details.dpi is not None:
        exif[X_RESOLUTION], exif[Y_RESOLUTION] = details.dpi
        exif[RESOLUTION_UNIT] = INCH
    return exif


def _texts(tags: Mapping[int, Any], numbers: Iterable[int]) -> dict[int, str]:
    """The non-empty text tags among the numbers, cut off at the limit."""
    found = {number: tags.get(number) for number in numbers}
    return {
        number: text[:MAX_TEXT_LENGTH]
        for number, text in found.items()
        if isinstance(text, str) and text
    }


def read_metadata(source: str | os.PathLike[str]) -> str | None:
    """Reads the text that `write_image` stored in a file; `None` if there is none."""
    with warnings.catch_warnings():
        # Pillow warns about damaged EXIF, which then has no settings.
        warnings.simplefilter("ignore")
        image = open_file(source, "image")
        text = image.info.get(PNG_KEYWORD)
        if text is not None:
            return str(text)
        try:
            # Read the header again, because decoding a 16-bit TIFF drops the comment.
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
