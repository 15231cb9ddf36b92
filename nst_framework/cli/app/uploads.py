"""Images that were uploaded: checked, and copied to a folder of the run."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ...images.reading import read_alpha, read_image, read_mask
from ...images.writing import write_image
from .form import Images

MOST_PIXELS = 50_000_000
SIZE = 16
"""Size to which an image is read to see whether it is one, in pixels."""


def check_upload(path: str | Path, name: str) -> None:
    """Raises a `ValueError` in a sentence, without the server's folders, for what is no image.

    Args:
        path: The file.
        name: What errors call it.
    """
    path = Path(path)
    try:
        with Image.open(path) as image:
            width, height = image.size
    except (OSError, SyntaxError, Image.DecompressionBombError):
        width = height = 0  # The same error for all, from the reader, if it cannot read it either.
    if width * height > MOST_PIXELS:
        raise ValueError(
            f"Expected {name} to have at most {MOST_PIXELS:,} pixels. Received: {path.name!r}, "
            f"{width} x {height}. Make it smaller."
        )
    try:
        read_image(path, SIZE, name)
    except (ValueError, OSError, MemoryError) as error:
        raise ValueError(str(error).replace(str(path), path.name)) from error


def collect(
    folder: Path,
    content: str | None,
    styles: Sequence[str | None],
    mask: str | None = None,
    drawing: str | None = None,
) -> Images:
    """Copies the images of a run to its folder, each under a name of its own.

    Args:
        folder: The folder.
        content: The photograph.
        styles: The paintings, of which one may be missing.
        mask: Where the first painting goes: an image, whose white counts.
        drawing: The same as an image whose opaque parts count, if there is no mask.

    Returns:
        The copies; with a mask for each painting: the second one goes where the first one does not.

    Raises:
        ValueError: If an image is missing or cannot be read.
    """
    given = [path for path in styles if path is not None]
    if content is None or not given:
        missing = "a photograph" if content is None else "a painting"
        raise ValueError(f"Expected a photograph and a painting. Received: no {missing[2:]}.")
    check_upload(content, "the photograph")
    for path in given:
        check_upload(path, "the painting")
    taken: set[str] = set()
    copies = [_copy(Path(path), folder, taken) for path in (content, *given)]
    masks: tuple[Path, ...] = ()
    levels = _read_levels(copies[0], mask, drawing)
    if levels is not None:
        masks = _write_masks(folder / "masks", levels)[: len(given)]
    return Images(copies[0], tuple(copies[1:]), masks)


def _copy(path: Path, folder: Path, taken: set[str]) -> Path:
    name, number = path.name, 1
    while name.lower() in taken:
        number += 1
        name = f"{path.stem}-{number}{path.suffix}"
    taken.add(name.lower())
    return Path(shutil.copyfile(path, folder / name))


def _read_levels(content: Path, mask: str | None, drawing: str | None) -> np.ndarray | None:
    """Where the first painting goes, `(height, width)` from 0 to 1; `None`: everywhere."""
    if mask is None and drawing is None:
        return None
    height, width = read_image(content).shape[:2]
    if mask is not None:
        check_upload(mask, "the mask")
        levels = read_mask(mask, (height, width), "the mask")
    else:
        check_upload(str(drawing), "the drawing")
        alpha = read_alpha(str(drawing), read_image(str(drawing)).shape[:2], "the drawing")
        if alpha is None or not alpha.any():
            return None  # Nothing was drawn, or everything.
        levels = read_mask(alpha, (height, width), "the drawing")
    if not levels.any():
        raise ValueError(
            "Expected a mask with some white in it. Received: none. Take the mask out, or paint "
            "white where the painting goes."
        )
    return levels


def _write_masks(folder: Path, levels: np.ndarray) -> tuple[Path, Path]:
    folder.mkdir()
    paths = folder / "mask.png", folder / "mask-inverse.png"
    for path, each in zip(paths, (levels, 1 - levels), strict=True):
        pixels = np.rint(255 * each).astype(np.uint8)
        write_image(path, np.repeat(pixels[..., None], 3, axis=2))
    return paths
