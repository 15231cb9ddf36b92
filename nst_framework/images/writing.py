"""Encodes and writes images."""

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
from .bit_depth import check_bit_depth, dither, to_16_bits
from .metadata import Details, metadata_options
from .modes import srgb_profile
from .reading import check_array, read_image
from .sixteen_bits import encode_png, encode_tiff

_OPAQUE_EXTENSIONS = (".jpg", ".jpeg", ".bmp")


def write_image(
    path: str | os.PathLike[str],
    image: np.ndarray,
    metadata: str | None = None,
    details: Details | None = None,
    bit_depth: int = 8,
) -> None:
    """Writes an image; the file is never left incomplete.

    An sRGB ICC profile is embedded, except in .bmp, which cannot hold one.

    Floats are dithered to 8 bits, so that smooth gradients show no bands; the same image always
    gives the same bytes. With 16 bits, floats are rounded to 1/257 of an 8-bit level.

    Example:
    ```python
    write_image("result.png", trainer.float_image)
    write_image("print.tif", trainer.float_image, bit_depth=16)
    ```

    Args:
        path: Path that ends in .png, .jpg, .jpeg, .webp, .tif, .tiff or .bmp.
        image: Array `(height, width, 3)`, or `(height, width, 4)` with alpha: uint8, or floats from
            0 to 255. In formats without alpha (.jpg, .jpeg, .bmp), transparent areas become white.
        metadata: Text to store in the file: as `iTXt` in a PNG, elsewhere as EXIF user comment,
            which is left out if it exceeds about 32,000 characters. BMP cannot store text.
        details: The photograph's resolution, artist, copyright, description and dates to store, as
            returned by `photograph_details`.
        bit_depth: Bits per channel, 8 or 16; 16 requires .png, .tif or .tiff.

    Raises:
        ValueError: If the extension is not supported, the format does not support the bit depth, or
            the array is not a valid image.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    extension = check_extension(path, IMAGE_EXTENSIONS)
    check_bit_depth(path, bit_depth)
    is_float = image.dtype in (np.float32, np.float64)
    if (
        not (is_float or image.dtype == np.uint8)
        or image.ndim != 3
        or image.shape[-1] not in (3, 4)
    ):
        raise ValueError(
            "Expected an image (height, width, 3 or 4), uint8 or floats, such as trainer.image. "
            f"Received: shape {image.shape}, dtype {image.dtype}. Convert it with read_image."
        )
    if is_float:
        check_array(image, "image")
        image = dither(image) if bit_depth == 8 else image
    if image.shape[-1] == 4 and extension in _OPAQUE_EXTENSIONS:
        image = read_image(image)
    options: dict[str, Any] = {} if extension == ".bmp" else {"icc_profile": srgb_profile()}
    if extension in (".jpg", ".jpeg"):
        # Full chroma resolution, because subsampling would blur the color of thin strokes.
        options |= {"quality": 95, "subsampling": 0}
    elif extension == ".webp":
        # WebP has full chroma resolution only when lossless. `exact` also keeps hidden colors.
        options |= {"lossless": True, "exact": image.shape[-1] == 4}
    options |= metadata_options(extension, metadata, details)
    if bit_depth == 16:
        encode = encode_png if extension == ".png" else encode_tiff
        encoded = encode(to_16_bits(image), options)
    else:
        encoded = iio.imwrite("<bytes>", image, extension=extension, plugin="pillow", **options)
    with atomic_write(path) as partial:
        partial.write_bytes(encoded)


def write_or_rescue(
    path: str | os.PathLike[str],
    image: np.ndarray,
    metadata: str | None = None,
    details: Details | None = None,
    bit_depth: int = 8,
) -> None:
    """Writes an image like `write_image`; if that fails, writes it to a new file elsewhere.

    The error message gives the new path.
    """
    try:
        write_image(path, image, metadata, details, bit_depth)
    except OSError as error:
        place = _write_elsewhere(Path(path), image, metadata, details, bit_depth)
        where = f"was saved as {str(place)!r}" if place else "could not be saved elsewhere, either"
        raise OSError(
            f"{os.fspath(path)!r} could not be written ({error.strerror or error}). The picture "
            f"{where}."
        ) from error


def _write_elsewhere(
    path: Path,
    image: np.ndarray,
    metadata: str | None,
    details: Details | None,
    bit_depth: int,
) -> Path | None:
    name = f"{path.stem[:50]}-{uuid.uuid4().hex[:8]}{path.suffix}"
    for find_folder in (Path.cwd, Path.home, tempfile.gettempdir):
        # The folder may be gone, too, or there may be no home.
        with contextlib.suppress(OSError, RuntimeError):
            place = Path(find_folder()) / name
            write_image(place, image, metadata, details, bit_depth)
            return place
    return None
