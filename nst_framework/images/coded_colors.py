"""Color primaries and transfer functions that images and videos identify by ITU-T H.273 codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SRGB_CHROMATICITIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""The x and y of white, red, green and blue."""

BT2020, DISPLAY_P3 = 9, 12

CHROMATICITIES = {
    1: SRGB_CHROMATICITIES,
    4: (0.31, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (0.3127, 0.329, 0.64, 0.33, 0.29, 0.6, 0.15, 0.06),
    6: (0.3127, 0.329, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    7: (0.3127, 0.329, 0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    BT2020: (0.3127, 0.329, 0.708, 0.292, 0.17, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
    DISPLAY_P3: (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
"""Chromaticities by H.273 code of the primaries; 1 is sRGB."""

LINEAR, SRGB, PQ, HLG = 8, 13, 16, 18
"""H.273 codes of transfer functions; the last two are HDR."""

WHITE = 203.0
"""Luminance of HDR reference white, in cd/m² (ITU-R BT.2408)."""

D50 = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
"""From XYZ to the cone responses used for chromatic adaptation."""


def srgb_light(values: np.ndarray) -> np.ndarray:
    """Converts sRGB values to linear light, both from 0 to 1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def pq_light(values: np.ndarray) -> np.ndarray:
    """Converts PQ values, 0 to 1, to linear light; white is 1 and highlights are brighter.

    Source: SMPTE ST 2084; ITU-R BT.2100, table 4.
    """
    root = values ** (32 / 2523)
    fraction = np.maximum(root - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * root)
    return 10_000 / WHITE * fraction ** (16384 / 2610)


def to_xyz(chromaticities: Sequence[float]) -> np.ndarray:
    """The matrix `(3, 3)` from linear RGB to XYZ with D50 white.

    Raises a `ValueError` if the chromaticities do not define a color space.
    """
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
        raise ValueError("chromaticities of no colors")
    return adapted
