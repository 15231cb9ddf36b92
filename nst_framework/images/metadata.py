"""Text inside an image file: where other programs that make images keep their settings, too."""

from __future__ import annotations

import os
import warnings
from typing import Any

from PIL import Image, PngImagePlugin

from .image_file import DECODER_ERRORS, open_file

PNG_KEYWORD = "nst_framework"
"""The keyword of the text in a PNG's `iTXt` chunk."""

EXIF_IFD, USER_COMMENT = 0x8769, 0x9286
"""EXIF's numbers for its own table and, within it, for a comment."""

UNICODE = b"UNICODE\0"
"""Before a comment in UTF-16."""

LONGEST_EXIF = 65_000
"""Bytes of EXIF that fit into a JPEG."""


def metadata_options(extension: str, text: str) -> dict[str, Any]:
    """The options with which Pillow writes a text into a file.

    There are none for BMP, which has no place for it, and for a text that is too long.
    """
    if extension == ".png":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt(PNG_KEYWORD, text)
        return {"pnginfo": chunks}
    if extension == ".bmp":
        return {}
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = UNICODE + text.encode("utf-16-be")
    encoded = exif.tobytes()
    return {"exif": encoded} if len(encoded) <= LONGEST_EXIF else {}


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
            comment = image.getexif().get_ifd(EXIF_IFD).get(USER_COMMENT)
        except DECODER_ERRORS:
            return None
    if not isinstance(comment, bytes) or not comment.startswith(UNICODE):
        return None
    try:
        return comment.removeprefix(UNICODE).decode("utf-16-be")
    except UnicodeDecodeError:
        return None
