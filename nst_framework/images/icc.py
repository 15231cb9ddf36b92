"""ICC profiles of colours that a file describes by numbers: primaries, white and a curve."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

SRGB_CHROMATICITIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""x and y of white, red, green and blue."""

CHROMATICITIES = {
    1: SRGB_CHROMATICITIES,
    4: (0.31, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (0.3127, 0.329, 0.64, 0.33, 0.29, 0.6, 0.15, 0.06),
    6: (0.3127, 0.329, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    7: (0.3127, 0.329, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    9: (0.3127, 0.329, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
    12: (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
"""The same by the numbers of ITU-T H.273; 1 is sRGB's, 9 BT.2020's and 12 Display P3's."""

GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
"""Exponents by the numbers of H.273 for curves."""

SRGB_CURVES = (1, 6, 13, 14, 15)
"""sRGB's curve and those of video, which are shown alike."""

PQ, HLG = 16, 18
"""The curves of HDR."""

WHITE_NITS = 203
"""Luminance of white in HDR, in candelas per square metre (ITU-R BT.2408)."""

ENTRIES = 4096
"""Numbers in a curve."""

D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
"""From XYZ to the responses in which white is adapted."""


def described_profile(primaries: int, transfer: int, is_grey: bool = False) -> bytes | None:
    """The profile of H.273's numbers; empty for sRGB, and `None` for numbers without a meaning.

    Light above white, of which HDR has some, is clipped.
    """
    if transfer == HLG:
        raise ValueError("the HDR of HLG, for which there is no ICC profile; convert it to sRGB")
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
    if transfer in SRGB_CURVES and (primaries == 1 or is_grey):
        return b""
    return profile(None if is_grey else CHROMATICITIES[primaries], curve)


def srgb_curve() -> np.ndarray:
    """Linear light of sRGB's values, both 0 to 1."""
    value = np.linspace(0, 1, ENTRIES)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def gamma_curve(exponent: float) -> np.ndarray:
    """The same for a power."""
    return np.linspace(0, 1, ENTRIES) ** exponent


def pq_curve() -> np.ndarray:
    """The same for SMPTE ST 2084, up to white."""
    power = np.linspace(0, 1, ENTRIES) ** (32 / 2523)
    above = np.maximum(power - 107 / 128, 0)
    nits = 10000 * (above / (2413 / 128 - 2392 / 128 * power)) ** (16384 / 2610)
    return np.minimum(nits / WHITE_NITS, 1)


def profile(chromaticities: Sequence[float] | None, curve: np.ndarray) -> bytes:
    """The profile of RGB, or of grey if there are no chromaticities.

    Raises a `ValueError` if they are those of no colours.
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


def to_xyz(chromaticities: Sequence[float]) -> np.ndarray:
    """From linear RGB to XYZ with the white D50: a matrix `(3, 3)`."""
    points = np.array(chromaticities, np.float64).reshape(4, 2)
    if not (points[:, 1] > 0).all():
        raise ValueError("chromaticities without a luminance")
    columns = np.stack([points[:, 0], points[:, 1], 1 - points.sum(axis=1)]) / points[:, 1]
    white, primaries = columns[:, 0], columns[:, 1:]
    try:
        matrix = primaries * np.linalg.solve(primaries, white)
    except np.linalg.LinAlgError as error:
        raise ValueError("chromaticities on a line") from error
    gain = (BRADFORD @ D50) / (BRADFORD @ white)
    adapted: np.ndarray = np.linalg.inv(BRADFORD) @ (gain[:, None] * BRADFORD) @ matrix
    if not np.isfinite(adapted).all() or np.abs(adapted).max() > 10:
        raise ValueError("chromaticities of no colours")
    return adapted


def _fixed(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(65536 * number) for number in numbers))
