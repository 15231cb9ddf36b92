"""Makes a folder of small photographs for training networks in tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def make_photographs(folder: Path, count: int = 6, shape: tuple[int, int] = (40, 56)) -> Path:
    """Photographs of smooth colors; the blue channel holds the number of each."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for number in range(count):
        pixels = np.stack([rows * 5 % 256, columns * 4 % 256, rows * 0 + 40 * number], axis=-1)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
    return folder
