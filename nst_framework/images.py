"""Image files and arrays: the only place that reads, resizes or writes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias

import imageio.v3 as iio
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .checks import check_integer
from .files import IMAGE_EXTENSIONS, whole_file
from .memory import available_memory

ImageSource: TypeAlias = str | os.PathLike[str] | np.ndarray

_TRANSPARENT_MODES = ("LA", "PA", "RGBA", "La", "RGBa")


def read_image(
    source: ImageSource,
    size: int | None = None,
    name: str = "image",
    shape: tuple[int, int] | None = None,
) -> np.ndarray:
    """Reads an image as RGB and resizes it with one antialiased filter (Lanczos).

    A photograph is turned the way up that its EXIF orientation says. Grey, palette, CMYK and
    16-bit images become RGB; what is transparent becomes white.

    Example:
    ```python
    content = read_image("photograph.jpg", size=512)
    ```

    Args:
        source: A path, or an array of `(height, width)`, `(height, width, 3)` or
            `(height, width, 4)`, integers or floats from 0 to 255.
        size: Length of the longer side in pixels; the aspect ratio is kept. `None`: as it is.
        name: What errors call the image.
        shape: Exact `(height, width)` in pixels; takes the place of `size`.

    Returns:
        Array `(height, width, 3)`, uint8.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file or the array is no image.
        MemoryError: If the image would be larger than the memory.
    """
    if isinstance(source, np.ndarray):
        image = _from_array(source, name)
    elif isinstance(source, str | os.PathLike):
        image = _from_file(source, name)
    else:
        raise ValueError(
            f"Expected {name} to be a path or a NumPy array. Received: {type(source).__name__}."
        )
    if shape is not None:
        height, width = shape
    elif size is not None:
        scale = check_integer("size", size, minimum=1) / max(image.size)
        width, height = (max(1, round(side * scale)) for side in image.size)
    else:
        width, height = image.size
    # As bytes, and once more as an array.
    if 6 * width * height > available_memory():
        raise MemoryError(
            f"Expected {name} to fit into the memory. Received: {width} x {height} pixels. Choose "
            "a smaller size."
        )
    return np.array(image.resize((width, height), Image.Resampling.LANCZOS))


def write_image(path: str | os.PathLike[str], image: np.ndarray) -> None:
    """Writes an image; the file is either whole or not there.

    Args:
        path: Path with one of the extensions .png, .jpg, .jpeg, .webp, .tif, .tiff, .bmp.
        image: Array `(height, width, 3)`, uint8.

    Raises:
        ValueError: If the extension is another one, or the array is no image.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    extension = path.suffix.lower()
    if extension not in IMAGE_EXTENSIONS:
        raise ValueError(
            f"Expected an image file that ends in one of {', '.join(IMAGE_EXTENSIONS)}. "
            f"Received: {str(path)!r}."
        )
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3:
        raise ValueError(
            "Expected an image (height, width, 3), uint8, such as trainer.image. "
            f"Received: shape {image.shape}, dtype {image.dtype}."
        )
    options: dict[str, Any] = {}
    if extension in (".jpg", ".jpeg"):
        # Chroma at full resolution: half of it would blur the colour of thin strokes.
        options = {"quality": 95, "subsampling": 0}
    elif extension == ".webp":
        # WebP has full resolution of chroma only without loss.
        options = {"lossless": True}
    encoded = iio.imwrite("<bytes>", image, extension=extension, plugin="pillow", **options)
    with whole_file(path) as partial:
        partial.write_bytes(encoded)


def to_batch(image: np.ndarray) -> np.ndarray:
    """From pixels `(height, width, 3)`, uint8, to a batch `(1, height, width, 3)`, float32."""
    return image[None].astype(np.float32)


def to_pixels(batch: np.ndarray) -> np.ndarray:
    """From a batch `(1, height, width, 3)` to pixels `(height, width, 3)`, uint8, as saved."""
    return np.rint(np.clip(batch[0], 0, 255)).astype(np.uint8)


def _from_file(source: str | os.PathLike[str], name: str) -> Image.Image:
    path = Path(source)
    received = f"Received: {name}={str(source)!r}"
    if path.is_dir():
        raise ValueError(f"Expected {name} to be an image file. {received}, which is a folder.")
    if not path.exists():
        raise FileNotFoundError(
            f"Expected {name} to be an image file. {received}, which does not exist."
        )
    try:
        # Pillow and not imageio, which mirrors grey photographs along the wrong axis.
        with Image.open(path) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            if upright.mode == "F":
                return _from_array(np.asarray(upright), name)
            return _to_rgb(upright)
    except UnidentifiedImageError as error:
        raise ValueError(
            f"Expected {name} to be an image file. {received}, which is empty or in no known "
            "image format. Use PNG, JPEG, WebP, TIFF or BMP."
        ) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"Expected {name} to be a readable image file. {received}: {error}."
        ) from error


def _from_array(array: np.ndarray, name: str) -> Image.Image:
    expected = f"Expected {name} to be an array (height, width, 3), 0 to 255."
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[-1] not in (1, 3, 4)):
        raise ValueError(f"{expected} Received: shape {array.shape}.")
    if array.size == 0:
        raise ValueError(f"{expected} Received an empty array: shape {array.shape}.")
    if array.dtype.kind not in "uif":
        raise ValueError(f"{expected} Received: dtype {array.dtype}.")
    if not np.isfinite(array).all():
        raise ValueError(f"{expected} Received: values that are NaN or infinite.")
    if array.min() < 0 or array.max() > 255:
        raise ValueError(f"{expected} Received: values from {array.min()} to {array.max()}.")
    if array.dtype.kind == "f" and 0 < array.max() <= 1:
        raise ValueError(
            f"{expected} Received: floats from {array.min()} to {array.max()}, which looks like "
            "an image from 0 to 1. Multiply it by 255."
        )
    pixels = np.rint(array).astype(np.uint8)
    return _to_rgb(Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # Pillow clips deeper grey to 8 bits where it should scale.
        samples = np.asarray(image, dtype=np.float64)
        depth = 65535.0 if samples.max() > 255 or image.mode.startswith("I;16") else 255.0
        grey = np.clip(np.rint(samples * (255 / depth)), 0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if image.mode in _TRANSPARENT_MODES or "transparency" in image.info:
        opaque = image.convert("RGBA")
        white = Image.new("RGBA", opaque.size, "white")
        return Image.alpha_composite(white, opaque).convert("RGB")
    return image.convert("RGB")
