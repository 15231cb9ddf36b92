"""What PNG and AVIF say of transparency and colours, where Pillow leaves it out."""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
from PIL import Image

from . import icc
from .coded_colors import SRGB_CHROMATICITIES

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_GREY, _RGB, _GREY_WITH_ALPHA = 0, 2, 4
"""PNG's colour types."""

SRGB_GAMMA = (0.45, 0.46)
"""What is written as sRGB's gamma, although its curve is none."""

LEAST_GAMMA, MOST_GAMMA = 0.1, 10.0
"""Others are damaged."""

LONGEST_AVIF_HEADER = 65536
"""Bytes at the beginning of an AVIF among which its colours are described."""

NEAR = 0.002
"""Chromaticities that differ by less are the same."""


def complete(image: Image.Image, file: BinaryIO) -> None:
    """Sets the transparent colour and the profile of an image that Pillow has opened."""
    if image.format == "PNG":
        _complete_png(image, file)
    elif image.format == "AVIF" and "icc_profile" not in image.info:
        file.seek(0)
        _, found, numbers = file.read(LONGEST_AVIF_HEADER).partition(b"colrnclx")
        if found and len(numbers) >= 4:
            profile = icc.described_profile(*struct.unpack_from(">HH", numbers))
            if profile:
                image.info["icc_profile"] = profile


def _complete_png(image: Image.Image, file: BinaryIO) -> None:
    file.seek(len(SIGNATURE) + 16)
    depth, color_type = file.read(2)
    hole = image.info.get("transparency")
    if color_type == _GREY and depth in (2, 4) and isinstance(hole, int):
        # Pillow scales the samples to 8 bits, but not the one that is transparent.
        image.info["transparency"] = hole * (255 // (2**depth - 1))
    elif color_type == _RGB and depth == 16 and isinstance(hole, tuple):
        # Pillow keeps the higher byte of samples.
        image.info["transparency"] = tuple(sample >> 8 for sample in hole)
    profile = _profile(image, file, color_type in (_GREY, _GREY_WITH_ALPHA))
    if profile:
        image.info["icc_profile"] = profile
    elif profile is not None:
        image.info.pop("icc_profile", None)


def _profile(image: Image.Image, file: BinaryIO, is_grey: bool) -> bytes | None:
    """The profile to use, empty for sRGB; `None`: the image's own, if it has one.

    Source: Portable Network Graphics (PNG) Specification (Third Edition), section 12.3: cICP comes
    before iCCP, that before sRGB, and that before gAMA and cHRM.
    """
    code = _coding(file)
    if code is not None:
        primaries, transfer, matrix, is_full_range = code
        described = icc.described_profile(primaries, transfer, is_grey)
        if described is not None and matrix == 0 and is_full_range:
            return described
    if "icc_profile" in image.info or "srgb" in image.info:
        return None
    gamma, chromaticities = image.info.get("gamma"), image.info.get("chromaticity")
    curve, is_srgb = icc.srgb_curve(), True
    if gamma is not None and not SRGB_GAMMA[0] <= gamma <= SRGB_GAMMA[1]:
        if not LEAST_GAMMA <= gamma <= MOST_GAMMA:
            return None
        curve, is_srgb = icc.gamma_curve(1 / gamma), False
    own = None if chromaticities is None or len(chromaticities) != 8 else chromaticities
    if own is None or is_grey or np.abs(np.subtract(own, SRGB_CHROMATICITIES)).max() < NEAR:
        if is_srgb:
            return None
        own = SRGB_CHROMATICITIES
    try:
        return icc.profile(None if is_grey else own, curve)
    except ValueError:
        return None  # Damaged numbers, which browsers ignore.


def _coding(file: BinaryIO) -> tuple[int, int, int, int] | None:
    """The four numbers of the chunk cICP: primaries, curve, matrix and range."""
    file.seek(len(SIGNATURE))
    while len(start := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", start)
        if name in (b"IDAT", b"IEND"):
            break
        if name == b"cICP" and length == 4 and len(content := file.read(4)) == 4:
            primaries, transfer, matrix, is_full_range = content
            return primaries, transfer, matrix, is_full_range
        file.seek(length + 4, 1)
    return None
