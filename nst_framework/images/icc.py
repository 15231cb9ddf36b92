"""Builds ICC profiles for colors that a file describes by primaries, white and a curve."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from .coded_colors import CHROMATICITIES, D50, HLG, LINEAR, PQ, SRGB, pq_light, srgb_light, to_xyz

GAMMAS = {4: 2.2, 5: 2.8, LINEAR: 1.0}
"""Exponents by H.273 code of the transfer function."""

SRGB_CURVES = (1, 6, SRGB, 14, 15)
"""sRGB's transfer function and those of video, which are displayed alike."""

ENTRIES = 4096
"""Entries in a curve."""


def described_profile(primaries: int, transfer: int, is_gray: bool = False) -> bytes | None:
    """The profile for H.273 codes; empty for sRGB, `None` for unknown codes.

    HDR light above white is clipped.
    """
    if transfer == HLG:
        raise ValueError("HLG HDR, which no ICC profile can describe; convert it to sRGB")
    if transfer in SRGB_CURVES:
        curve = srgb_curve()
    elif transfer in GAMMAS:
        curve = gamma_curve(GAMMAS[transfer])
    elif transfer == PQ:
        curve = pq_curve()
    else:
        return None
    if primaries not in CHROMATICITIES:
        return None
    if transfer in SRGB_CURVES and (primaries == 1 or is_gray):
        return b""
    return profile(None if is_gray else CHROMATICITIES[primaries], curve)


def srgb_curve() -> np.ndarray:
    """The sRGB transfer function, from values to linear light, both from 0 to 1."""
    return srgb_light(np.linspace(0, 1, ENTRIES))


def gamma_curve(exponent: float) -> np.ndarray:
    """A power function, from values to linear light."""
    return np.linspace(0, 1, ENTRIES) ** exponent


def pq_curve() -> np.ndarray:
    """SMPTE ST 2084 (PQ), from values to linear light, clipped at white."""
    return np.minimum(pq_light(np.linspace(0, 1, ENTRIES)), 1)


def profile(chromaticities: Sequence[float] | None, curve: np.ndarray) -> bytes:
    """Encodes an RGB profile, or a gray profile if `chromaticities` is `None`.

    Raises a `ValueError` if the chromaticities do not define a color space.
    """
    numbers = np.rint(65535 * curve).astype(">u2").tobytes()
    content = b"curv\0\0\0\0" + struct.pack(">I", len(curve)) + numbers
    if chromaticities is None:
        tags = {b"kTRC": content}
    else:
        matrix = to_xyz(chromaticities)
        tags = {
            name: b"XYZ \0\0\0\0" + _fixed(*matrix[:, column])
            for column, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))
        }
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), content)
    tags |= {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 1) + bytes(79),
        b"cprt": b"text\0\0\0\0\0\0\0\0",
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(*D50),
    }
    space = b"GRAY" if chromaticities is None else b"RGB "
    start = 128 + 4 + 12 * len(tags)
    directory, contents = struct.pack(">I", len(tags)), b""
    for tag, each in tags.items():
        directory += tag + struct.pack(">II", start + len(contents), len(each))
        contents += each + bytes(-len(each) % 4)
    header = struct.pack(">I4xI4s4s4s", start + len(contents), 0x02100000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(*D50)
    return header.ljust(128, b"\0") + directory + contents


def _fixed(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(65536 * number) for number in numbers))
