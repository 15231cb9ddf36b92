"""Reading: image files and arrays, resized."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..checks import check_integer
from ..memory import available_memory

ImageSource: TypeAlias = str | os.PathLike[str] | np.ndarray

_TRANSPARENT_MODES = ("LA", "PA", "RGBA", "La", "RGBa")


def read_image(
    source: ImageSource,
    size: int | None = None,
    name: str = "image",
    shape: tuple[int, int] | None = None,
    background: str | None = "white",
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
        background: The colour, by Pillow's names, that shows where the image is transparent.
            `None`: alpha is left out, and the colours are those that it covered.

    Returns:
        Array `(height, width, 3)`, uint8.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file or the array is no image.
        MemoryError: If the image would be larger than the memory.
    """
    image = _to_rgb(_open(source, name), background, name)
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


def read_scaled_image(source: ImageSource, size: int | None, scale: float, name: str) -> np.ndarray:
    """Reads an image at a part of a size, resized once from the original.

    Args:
        source: A path, or an array as for `read_image`.
        size: Length of the longer side at scale 1, in pixels; `None`: the image's own.
        scale: The part of it.
        name: What errors call the image.

    Returns:
        Array `(height, width, 3)`, uint8.
    """
    if size is None:
        whole = read_image(source, None, name)
        if scale == 1:
            return whole
        size = max(whole.shape[:2])
    return read_image(source, max(1, round(scale * size)), name)


def read_mask(source: ImageSource, shape: tuple[int, int], name: str = "mask") -> np.ndarray:
    """Reads a mask: white is inside, black and what is transparent is outside, grey is between.

    Args:
        source: A path, or an array of `(height, width)` or of an image: of booleans, or of numbers
            from 0 to 255 or from 0 to 1.
        shape: `(height, width)` in pixels that it is resized to.
        name: What errors call the mask.

    Returns:
        Array `(height, width)`, float32, from 0 to 1.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file or the array is no image.
    """
    if not isinstance(source, np.ndarray):
        image = _open(source, name)
        if image.mode == "F":
            source = np.asarray(image)
    if isinstance(source, np.ndarray):
        image = _open(_from_0_to_255(source), name)
    mask = Image.fromarray(_from_0_to_255(np.asarray(_to_rgb(image, "black", name).convert("L"))))
    height, width = shape
    # Means over areas: no other filter leaves black and white as they are.
    resized = mask.resize((width, height), Image.Resampling.BOX)
    return np.asarray(resized, np.float32) / 255


def read_alpha(
    source: ImageSource, shape: tuple[int, int], name: str = "image"
) -> np.ndarray | None:
    """How opaque an image is.

    Args:
        source: A path, or an array as for `read_image`.
        shape: `(height, width)` in pixels that it is resized to.
        name: What errors call the image.

    Returns:
        Array `(height, width)`, uint8; `None` if the image is opaque everywhere.
    """
    if isinstance(source, str | os.PathLike) and Path(source).is_file():
        with Image.open(source) as unread:
            if not _has_transparency(unread):
                return None
    image = _open(source, name)
    if not _has_transparency(image):
        return None
    height, width = shape
    alpha = image.convert("RGBA").getchannel("A")
    resized = np.array(alpha.resize((width, height), Image.Resampling.LANCZOS))
    return None if resized.min() == 255 else resized


def _open(source: ImageSource, name: str) -> Image.Image:
    """The image in one of Pillow's modes, upright."""
    if isinstance(source, np.ndarray):
        return _from_array(source, name)
    if isinstance(source, str | os.PathLike):
        return _from_file(source, name)
    raise ValueError(
        f"Expected {name} to be a path or a NumPy array. Received: {type(source).__name__}."
    )


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
            return ImageOps.exif_transpose(image)
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
    return Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)


def _has_transparency(image: Image.Image) -> bool:
    return image.mode in _TRANSPARENT_MODES or "transparency" in image.info


def _from_0_to_255(mask: np.ndarray) -> np.ndarray:
    """A mask that goes from 0 to 1, as segmentations often do, from 0 to 255."""
    if mask.size == 0 or mask.dtype.kind not in "buif" or not (mask.min() >= 0 and mask.max() <= 1):
        return mask
    return np.rint(mask.astype(np.float64) * 255).astype(np.uint8)


def _to_rgb(image: Image.Image, background: str | None, name: str) -> Image.Image:
    if image.mode == "F":
        image = _from_array(np.asarray(image), name)
    if image.mode.startswith("I"):
        # Pillow clips deeper grey to 8 bits where it should scale.
        samples = np.asarray(image, dtype=np.float64)
        depth = 65535.0 if samples.max() > 255 or image.mode.startswith("I;16") else 255.0
        grey = np.clip(np.rint(samples * (255 / depth)), 0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if _has_transparency(image):
        opaque = image.convert("RGBA")
        if background is None:
            return Image.merge("RGB", opaque.split()[:3])
        behind = Image.new("RGBA", opaque.size, background)
        return Image.alpha_composite(behind, opaque).convert("RGB")
    return image.convert("RGB")
