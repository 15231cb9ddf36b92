"""Writes images; nothing else encodes them."""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np

from ..saving import atomic_write, check_extension
from . import IMAGE_EXTENSIONS
from .metadata import Details, metadata_options
from .modes import srgb_profile
from .reading import read_image

_OPAQUE_EXTENSIONS = (".jpg", ".jpeg", ".bmp")


def write_image(
    path: str | os.PathLike[str],
    image: np.ndarray,
    metadata: str | None = None,
    details: Details | None = None,
) -> None:
    """Writes an image; the file is never left incomplete.

    Its ICC profile says that its colours are sRGB, except in .bmp, which has no place for one.

    Args:
        path: Path with one of the extensions .png, .jpg, .jpeg, .webp, .tif, .tiff, .bmp.
        image: Array `(height, width, 3)`, or `(height, width, 4)` with alpha, uint8. In formats
            without alpha (.jpg, .jpeg, .bmp), transparent areas become white.
        metadata: A text to keep in the file: in a PNG as `iTXt`, elsewhere as EXIF's comment, if it
            has at most about 32,000 characters. BMP has no place for one.
        details: The photograph's resolution, artist, copyright, description and dates, as
            `photograph_details` reads them, to keep in the file as well.

    Raises:
        ValueError: If the extension is not one of these, or the array is not a valid image.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    extension = check_extension(path, IMAGE_EXTENSIONS)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] not in (3, 4):
        raise ValueError(
            "Expected an image (height, width, 3 or 4), uint8, such as trainer.image. Received: "
            f"shape {image.shape}, dtype {image.dtype}. Convert it with read_image."
        )
    if image.shape[-1] == 4 and extension in _OPAQUE_EXTENSIONS:
        image = read_image(image)
    options: dict[str, Any] = {} if extension == ".bmp" else {"icc_profile": srgb_profile()}
    if extension in (".jpg", ".jpeg"):
        # Full chroma resolution, because half of it would blur the colour of thin strokes.
        options |= {"quality": 95, "subsampling": 0}
    elif extension == ".webp":
        # WebP has full chroma resolution only if it is lossless. Exact keeps hidden colours, too.
        options |= {"lossless": True, "exact": image.shape[-1] == 4}
    options |= metadata_options(extension, metadata, details)
    encoded = iio.imwrite("<bytes>", image, extension=extension, plugin="pillow", **options)
    with atomic_write(path) as partial:
        partial.write_bytes(encoded)


def write_or_rescue(
    path: str | os.PathLike[str],
    image: np.ndarray,
    metadata: str | None = None,
    details: Details | None = None,
) -> None:
    """Writes an image as `write_image` does; if that fails, to a new file elsewhere.

    The error says where it is.
    """
    try:
        write_image(path, image, metadata, details)
    except OSError as error:
        place = _write_elsewhere(Path(path), image, metadata, details)
        where = f"is in {str(place)!r}" if place else "fitted in no other place either"
        raise OSError(
            f"{os.fspath(path)!r} could not be written ({error.strerror or error}). The picture "
            f"{where}."
        ) from error


def _write_elsewhere(
    path: Path, image: np.ndarray, metadata: str | None, details: Details | None
) -> Path | None:
    name = f"{path.stem[:50]}-{uuid.uuid4().hex[:8]}{path.suffix}"
    for find_folder in (Path.cwd, Path.home, tempfile.gettempdir):
        # The folder may be gone, too, and there may be no home.
        with contextlib.suppress(OSError, RuntimeError):
            place = Path(find_folder()) / name
            write_image(place, image, metadata, details)
            return place
    return None
