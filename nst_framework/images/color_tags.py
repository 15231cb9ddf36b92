"""Transparency and color tags of PNG and AVIF files that Pillow ignores or misreads."""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
from PIL import Image

from . import icc
from .coded_colors import SRGB_CHROMATICITIES

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_GRAY, _RGB, _GRAY_WITH_ALPHA = 0, 2, 4
"""PNG's color types."""

SRGB_GAMMA = (0.45, 0.46)
"""Gamma values that stand for the sRGB curve, which is not a pure power."""

MIN_GAMMA, MAX_GAMMA = 0.1, 10.0
"""Gamma values outside this range are treated as damaged."""

AVIF_HEADER_BYTES = 65536
"""Bytes at the start of an AVIF file that are searched for its color description."""

NEAR = 0.002
"""Chromaticities that differ by less count as equal."""


def complete(image: Image.Image, file: BinaryIO) -> None:
    """Corrects the transparent color and the ICC profile of an image that Pillow has opened."""
    if image.format == "PNG":
        _complete_png(image, file)
    elif image.format == "AVIF" and "icc_profile" not in image.info:
        file.seek(0)
        _, found, numbers = file.read(AVIF_HEADER_BYTES).partition(b"colrnclx")
        if found and len(numbers) >= 4:
            profile = icc.described_profile(*struct.unpack_from(">HH", numbers))
            if profile:
                image.info["icc_profile"] = profile


def _complete_png(image: Image.Image, file: BinaryIO) -> None:
    file.seek(len(SIGNATURE) + 16)
    depth, color_type = file.read(2)
    transparent = image.info.get("transparency")
    if color_type == _GRAY and depth in (2, 4) and isinstance(transparent, int):
        # Pillow scales the samples to 8 bits, but not the transparent value.
        image.info["transparency"] = transparent * (255 // (2**depth - 1))
    elif color_type == _RGB and depth == 16 and isinstance(transparent, tuple):
        # Pillow keeps the high byte of each sample.
        image.info["transparency"] = tuple(sample >> 8 for sample in transparent)
    profile = _profile(image, file, color_type in (_GRAY, _GRAY_WITH_ALPHA))
    if profile:
        image.info["icc_profile"] = profile
    elif profile is not None:
        image.info.pop("icc_profile", None)


def _profile(image: Image.Image, file: BinaryIO, is_gray: bool) -> bytes | None:
    """The ICC profile to use; empty means sRGB, `None` keeps the image's own, if any.

    Source: Portable Network Graphics (PNG) Specification (Third Edition), section 12.3: cICP takes
    precedence over iCCP, then sRGB, then gAMA and cHRM.
    """
    code = _coding(file)
    if code is not None:
        primaries, transfer, matrix, is_full_range = code
        described = icc.described_profile(primaries, transfer, is_gray)
        if described is not None and matrix == 0 and is_full_range:
            return described
    if "icc_profile" in image.info or "srgb" in image.info:
        return None
    gamma, chromaticities = image.info.get("gamma"), image.info.get("chromaticity")
    curve, is_srgb = icc.srgb_curve(), True
    if gamma is not None and not SRGB_GAMMA[0] <= gamma <= SRGB_GAMMA[1]:
        if not MIN_GAMMA <= gamma <= MAX_GAMMA:
            return None
        curve, is_srgb = icc.gamma_curve(1 / gamma), False
    own = None if chromaticities is None or len(chromaticities) != 8 else chromaticities
    if own is None or is_gray or np.abs(np.subtract(own, SRGB_CHROMATICITIES)).max() < NEAR:
        if is_srgb:
            return None
        own = SRGB_CHROMATICITIES
    try:
        return icc.profile(None if is_gray else own, curve)
    except ValueError:
        return None  # Browsers ignore invalid chromaticities, too.


def _coding(file: BinaryIO) -> tuple[int, int, int, int] | None:
    """The contents of the cICP chunk: primaries, transfer function, matrix and full-range flag."""
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
