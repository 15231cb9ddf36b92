"""Rounds 16-bit PNG colors to 8 bits, because Pillow truncates them to the high byte."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from PIL import Image, PngImagePlugin

LOWER_BYTES = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}
"""Pillow's raw modes for the high byte of each sample, and those that give the low byte."""

ROWS = 256
"""Rows rounded at a time, to limit memory."""


def decoder(image: Image.Image) -> str | None:
    """The raw mode of an opened, not yet decoded image if it is a 16-bit color PNG."""
    if not isinstance(image, PngImagePlugin.PngImageFile) or not image.tile:
        return None
    name = image.tile[0].args
    return name if isinstance(name, str) and name in LOWER_BYTES else None


def round_samples(image: Image.Image, name: str, file: BinaryIO) -> None:
    """Rounds a decoded image to the nearest 8-bit values, in place; `name` is from `decoder`."""
    file.seek(0)
    with PngImagePlugin.PngImageFile(file) as again:
        again.tile = [tile._replace(args=LOWER_BYTES[name]) for tile in again.tile]
        again.load()
        for top in range(0, image.height, ROWS):
            box = (0, top, image.width, min(top + ROWS, image.height))
            high = np.asarray(image.crop(box)).astype(np.int16)
            # (256 high + low) / 257 = high + (low - high) / 257.
            difference = np.asarray(again.crop(box)) - high
            high += (difference > 128).astype(np.int16) - (difference < -128)
            image.paste(Image.fromarray(high.astype(np.uint8)), box)
