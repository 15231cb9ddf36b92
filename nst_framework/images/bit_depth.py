"""From floats to what is shown and saved: 8 bits a channel, dithered, or 16."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import DEEP_EXTENSIONS

PERIOD = 256
"""Pixels after which the thresholds repeat, across and down; each row has each of them once."""

ACROSS, DOWN = 193, 146
"""The steps of the lattice from one pixel to its neighbour, in parts of `PERIOD`."""

WHITE_16 = 257
"""Values of 16 bits for each of 8, so that 255 becomes 65535."""


def check_bit_depth(path: Path, bit_depth: int) -> None:
    """Raises a `ValueError` if an image, by its extension, cannot have so many bits a channel."""
    if bit_depth not in (8, 16):
        raise ValueError(
            "Invalid value for argument `bit_depth`. Expected 8 or 16. Received: "
            f"bit_depth={bit_depth!r}."
        )
    if bit_depth == 16 and path.suffix.lower() not in DEEP_EXTENSIONS:
        raise ValueError(
            "Invalid output path. Expected a file name that ends in one of "
            f"{', '.join(DEEP_EXTENSIONS)}, for a bit depth of 16. Received: {str(path)!r}. Change "
            "the extension, or choose a bit depth of 8."
        )


def dither(image: np.ndarray) -> np.ndarray:
    """Rounds floats `(height, width, channels)`, 0 to 255, up or down so that means are kept.

    Where each pixel is rounded by itself, a gradient of few levels shows them as bands. Here, a
    value is rounded up in as many pixels as its fraction says. Whole numbers stay as they are, and
    grey stays grey, because all channels have the same thresholds. They are fixed, so that the same
    picture has the same bytes.

    Source: Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018, on dithering
    with a lattice, https://extremelearning.com.au/unreasonable-effectiveness-of-quasirandom-sequences.
    """
    across = ACROSS * np.arange(image.shape[1]) % PERIOD
    rounded = np.empty(image.shape, np.uint8)
    for row, line in enumerate(image):
        # Halves of a step from 0 and 1, so that what differs from a whole number only by the
        # rounding of arithmetic does not move.
        thresholds = ((across + DOWN * row) % PERIOD + 0.5) / PERIOD
        rounded[row] = np.clip(line, 0, 255) + thresholds[:, None].astype(np.float32)
    return rounded


def to_16_bits(image: np.ndarray) -> np.ndarray:
    """Converts uint8 or floats, 0 to 255, to uint16, 0 to 65535."""
    return np.rint(np.clip(image, 0, 255).astype(np.float64) * WHITE_16).astype(np.uint16)
