"""Rounds the colours of a PNG of 16 bits a channel, of which Pillow takes the higher 8 bits."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from PIL import Image, PngImagePlugin

LOWER_BYTES = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}
"""Pillow's decoders of the higher byte of each sample, and those that find the lower one there."""

ROWS = 256
"""Rows that are rounded at a time, to save memory."""


def decoder(image: Image.Image) -> str | None:
    """Pillow's decoder of an image that it has opened, and not decoded yet, if it is such a PNG."""
    if not isinstance(image, PngImagePlugin.PngImageFile) or not image.tile:
        return None
    name = image.tile[0].args
    return name if isinstance(name, str) and name in LOWER_BYTES else None


def round_samples(image: Image.Image, name: str, file: BinaryIO) -> None:
    """Rounds an image, decoded by the decoder of this name, to the nearest of 8 bits, in place."""
    file.seek(0)
    with PngImagePlugin.PngImageFile(file) as again:
        again.tile = [tile._replace(args=LOWER_BYTES[name]) for tile in again.tile]
        again.load()
        for top in range(0, image.height, ROWS):
            box = (0, top, image.width, min(top + ROWS, image.height))
            high = np.asarray(image.crop(box)).astype(np.int16)
            # Of 256 high + low, a 257th is high + (low - high) / 257.
            difference = np.asarray(again.crop(box)) - high
            high += (difference > 128).astype(np.int16) - (difference < -128)
            image.paste(Image.fromarray(high.astype(np.uint8)), box)
