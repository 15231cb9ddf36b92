"""Quantizes float images for display and saving: dithered to 8 bits per channel, or 16 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import DEEP_EXTENSIONS

PERIOD = 256
"""Period of the thresholds in pixels, across and down; each row contains every threshold once."""

ACROSS, DOWN = 193, 146
"""Lattice steps from a pixel to its right and lower neighbor, in units of 1 / `PERIOD`."""

WHITE_16 = 257
"""16-bit values per 8-bit value, so that 255 becomes 65535."""


def check_bit_depth(path: Path, bit_depth: int) -> None:
    """Raises a `ValueError` if the format of `path` does not support the bit depth."""
    if bit_depth not in (8, 16):
        raise ValueError(
            "Invalid value for argument `bit_depth`. Expected 8 or 16. Received: "
            f"bit_depth={bit_depth!r}."
        )
    if bit_depth == 16 and path.suffix.lower() not in DEEP_EXTENSIONS:
        raise ValueError(
            "Invalid output path. Expected a file name that ends in one of "
            f"{', '.join(DEEP_EXTENSIONS)} for a bit depth of 16. Received: {str(path)!r}. Change "
            "the extension, or use a bit depth of 8."
        )


def dither(image: np.ndarray) -> np.ndarray:
    """Rounds floats `(height, width, channels)`, 0 to 255, to uint8 and preserves local means.

    Rounding to the nearest level turns a gradient of few levels into bands. Ordered dithering
    rounds a value up in a share of the pixels equal to its fractional part. Integers do not
    change, and gray stays gray, because all channels share the same thresholds. The thresholds
    are fixed, so the same image always gives the same bytes.

    Source: Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018, on dithering
    with a lattice, https://extremelearning.com.au/unreasonable-effectiveness-of-quasirandom-sequences.
    """
    across = ACROSS * np.arange(image.shape[1]) % PERIOD
    rounded = np.empty(image.shape, np.uint8)
    for row, line in enumerate(image):
        # Half a step away from 0 and 1, so that floating-point error near an integer does not
        # change the result.
        thresholds = ((across + DOWN * row) % PERIOD + 0.5) / PERIOD
        rounded[row] = np.clip(line, 0, 255) + thresholds[:, None].astype(np.float32)
    return rounded


def to_16_bits(image: np.ndarray) -> np.ndarray:
    """Converts uint8 or floats from 0 to 255 to uint16 from 0 to 65535."""
    return np.rint(np.clip(image, 0, 255).astype(np.float64) * WHITE_16).astype(np.uint16)
