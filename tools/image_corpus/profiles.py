"""Small ICC profiles, and their colors in sRGB, computed from the definition."""

from __future__ import annotations

import struct

import numpy as np

ADOBE_RGB = np.array(
    [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
)
"""From linear Adobe RGB (1998), a wide gamut, to XYZ, adapted to D50."""

SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
"""From linear sRGB to XYZ, adapted to D50."""

D50 = np.array([0.9642, 1.0, 0.8249])

INKS = {
    (0, 0, 0, 0): (100.0, 0.0, 0.0),
    (1, 0, 0, 0): (62.0, -20.0, -35.0),
    (0, 1, 0, 0): (55.0, 50.0, -5.0),
    (0, 0, 1, 0): (88.0, -6.0, 60.0),
    (0, 0, 0, 1): (20.0, 0.0, 0.0),
}
"""Lab of the inks of an imaginary press, each at full strength; all mixtures are black."""


def rgb_profile(matrix: np.ndarray, gamma: float) -> bytes:
    """An RGB profile with a gamma."""
    tags = {
        name: b"XYZ \0\0\0\0" + _fixed(*matrix[:, column])
        for column, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))
    }
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(gamma))
    return _profile(b"mntr", b"RGB ", b"XYZ ", {**tags, **curves})


def gray_profile(gamma: float) -> bytes:
    """A gray profile with a gamma."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _curve(gamma)})


def cmyk_profile() -> bytes:
    """A CMYK profile with the inks in `INKS`."""
    corners = np.array(np.unravel_index(np.arange(16), (2,) * 4)).T
    labs = np.array([INKS.get(tuple(map(int, corner)), (0.0, 0.0, 0.0)) for corner in corners])
    encoded = np.rint(labs * (2.55, 1, 1) + (0, 128, 128)).astype(np.uint8)
    identity = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += 4 * identity + encoded.tobytes() + 3 * identity
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table})


def adobe_rgb_as_srgb(pixels: np.ndarray, gamma: float) -> np.ndarray:
    """Converts Adobe RGB pixels `(..., 3)`, uint8, to sRGB; colors out of gamut are clipped."""
    return _srgb((pixels / 255.0) ** gamma @ ADOBE_RGB.T)


def gray_as_srgb(pixels: np.ndarray, gamma: float) -> np.ndarray:
    """Converts gray pixels `(...)`, uint8, with a gamma to sRGB `(..., 3)`."""
    return _srgb(((pixels / 255.0) ** gamma)[..., None] * D50)


def lab_as_srgb(lab: np.ndarray) -> np.ndarray:
    """Converts Lab `(..., 3)`, relative to D50, to sRGB; colors out of gamut are clipped."""
    y = (lab[..., 0] + 16) / 116
    cubes = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    return _srgb(np.where(cubes > 6 / 29, cubes**3, 3 * (6 / 29) ** 2 * (cubes - 4 / 29)) * D50)


def _srgb(xyz: np.ndarray) -> np.ndarray:
    linear = np.clip(xyz @ np.linalg.inv(SRGB).T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * encoded).astype(np.uint8)


def _fixed(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(65536 * number) for number in numbers))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(256 * gamma), 0)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    name = b"A profile for tests\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78)
    tags = {
        b"desc": description.ljust((len(description) + 3) // 4 * 4, b"\0"),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(*D50),
        **tags,
    }
    directory, contents = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        directory += tag + struct.pack(">II", start + len(contents), len(content))
        contents += content.ljust((len(content) + 3) // 4 * 4, b"\0")
    size = start + len(contents)
    header = struct.pack(">I4sI4s4s4s", size, b"\0" * 4, 0x02100000, kind, space, connection)
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(*D50)
    return header.ljust(128, b"\0") + directory + contents
