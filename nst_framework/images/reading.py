"""Reads and resizes images from files, arrays, tensors and Pillow images."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

import numpy as np
from PIL import Image, ImageOps

from ..checks import check_integer
from ..memory import available_memory
from .image_file import DECODER_ERRORS, Layout, open_file, open_header
from .modes import has_transparency, split, to_rgb


class ArrayLike(Protocol):
    """The protocol shared by Keras variables and TensorFlow, JAX and PyTorch tensors."""

    def __array__(self) -> np.ndarray:
        """The values as a NumPy array."""


ImageSource: TypeAlias = str | os.PathLike[str] | np.ndarray | Image.Image | ArrayLike
"""A path, an array, a tensor of any backend, or a Pillow image."""

MAX_SIDE = 2**24
"""Longest side to which an image is resized, in pixels."""


def read_image(
    source: ImageSource,
    size: int | None = None,
    name: str = "image",
    shape: tuple[int, int] | None = None,
    background: str | None = "white",
) -> np.ndarray:
    """Reads an image as RGB and resizes it with an antialiasing filter (Lanczos).

    Supported files are PNG, JPEG, WebP, AVIF, TIFF and BMP, up to 178 million pixels. Only the
    first frame of an animation is read, and the gain map of an HDR photograph is ignored.
    Photographs are turned upright according to their EXIF orientation. Colors are converted to sRGB
    from an ICC profile or the color tags of PNG and AVIF. Gray, palette, CMYK, 16-bit and 32-bit
    images become 8-bit RGB; transparent areas become white.

    Example:
    ```python
    content = read_image("photograph.jpg", size=512)
    ```

    Args:
        source: A path, a `PIL.Image`, or an array or tensor (of any backend) of shape
            `(height, width)`, `(height, width, 3)` or `(height, width, 4)`, integers or floats
            from 0 to 255.
        size: Length of the longer side, in pixels; the aspect ratio is preserved. `None` keeps the
            original size.
        name: The image's name in error messages.
        shape: Exact `(height, width)`, in pixels; overrides `size`.
        background: Pillow's name of the color behind transparent areas. `None` ignores alpha, so
            that hidden colors show.

    Returns:
        Array `(height, width, 3)`, uint8.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is not a valid image.
        MemoryError: If the image does not fit into memory.
    """
    image = to_rgb(open_image(source, name), background, name)
    height, width = target_shape(image.size[::-1], size, shape, name)
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.array(image)


def image_layout(source: ImageSource, name: str = "image") -> Layout:
    """The width, height and orientation of an image, without decoding files."""
    if isinstance(source, str | os.PathLike):
        with open_header(source, name) as image:
            return Layout.of(image)
    if isinstance(source, Image.Image):
        return Layout.of(source)
    array = _as_array(source)
    if array is None or array.ndim < 2:
        return Layout(*open_image(source, name).size)
    height, width = array.shape[-3:-1] if array.ndim > 2 else array.shape
    return Layout(width, height)


def scaled_size(source: ImageSource, size: int | None, scale: float, name: str) -> int | None:
    """The longer side of an image at a fraction of `size`; `None` is its own size."""
    if size is None:
        if scale == 1:
            return None
        layout = image_layout(source, name)
        size = max(layout.width, layout.height)
    return max(1, round(scale * size))


def read_mask(source: ImageSource, shape: tuple[int, int], name: str = "mask") -> np.ndarray:
    """Reads a mask: white is inside, black and transparent are outside, gray is in between.

    The result is `(height, width)`, float32, from 0 to 1, resized to `shape`. Arrays and
    tensors may also hold booleans or numbers from 0 to 1.
    """
    array = _as_array(source)
    if array is None:
        image = open_image(source, name)
        # Scaling from 16 bits would turn 1 into black.
        if image.mode == "F" or (image.mode.startswith("I") and np.asarray(image).max() == 1):
            array = np.asarray(image)
    if array is not None:
        image = _from_array(_from_0_to_255(array), name)
    gray = to_rgb(image, "black", name).convert("L")
    mask = Image.fromarray(_from_0_to_255(np.asarray(gray)))
    height, width = shape
    # Only the box filter leaves solid black and white areas unchanged.
    resized = mask.resize((width, height), Image.Resampling.BOX)
    return np.asarray(resized, np.float32) / 255


def read_alpha(
    source: ImageSource, shape: tuple[int, int], name: str = "image"
) -> np.ndarray | None:
    """Reads the alpha channel of an image.

    It is `(height, width)`, uint8, resized to `shape`; `None` if the image is fully opaque.
    """
    image = open_image(source, name)
    if not has_transparency(image):
        return None
    _, alpha = split(image, name)
    if alpha is None:
        return None
    height, width = shape
    resized = np.array(alpha.resize((width, height), Image.Resampling.LANCZOS))
    return None if resized.min() == 255 else resized


def open_image(source: ImageSource, name: str) -> Image.Image:
    """Opens an image upright, in any of Pillow's modes."""
    if isinstance(source, str | os.PathLike):
        return open_file(source, name)
    if isinstance(source, Image.Image):
        return _from_pillow(source, name)
    array = _as_array(source)
    if array is None:
        raise ValueError(
            f"Expected {name} to be a path, an array, a tensor or a PIL.Image. Received: "
            f"{type(source).__name__}. Pass a path, or convert it with numpy.asarray."
        )
    return _from_array(array, name)


def _from_pillow(image: Image.Image, name: str) -> Image.Image:
    if 0 in image.size:
        raise ValueError(
            f"Expected {name} to have at least one pixel. Received: {image.width} x "
            f"{image.height} pixels. Pass another image."
        )
    try:
        # Pillow decodes an image file only now.
        return ImageOps.exif_transpose(image)
    except DECODER_ERRORS as error:
        raise ValueError(
            f"Expected {name} to be a valid image. Received: {image!r} ({error}). Pass another "
            "image."
        ) from error


def target_shape(
    own: tuple[int, int], size: int | None, shape: tuple[int, int] | None, name: str
) -> tuple[int, int]:
    """The height and width to which an image of height and width `own` is resized."""
    height, width = own
    if shape is not None:
        height, width = (check_integer("shape", side, minimum=1) for side in shape)
    elif size is not None:
        longer = check_integer("size", size, minimum=1)
        # Use integers, because the product may exceed the range of floats.
        height, width = (max(1, round(Fraction(side * longer, max(own)))) for side in own)
    # Per pixel, Pillow needs two copies of 4 bytes while resizing, and the array 3 bytes.
    if max(height, width) > MAX_SIDE or 11 * width * height > available_memory():
        raise MemoryError(
            f"Expected {name} to fit into memory. Received: {width} x {height} pixels. Choose a "
            "smaller size."
        )
    return height, width


def _as_array(source: Any) -> np.ndarray | None:
    """Converts an array or tensor to an array; `None` if it is neither."""
    if not hasattr(type(source), "__array__"):
        return None
    if hasattr(source, "detach"):
        # PyTorch does not convert tensors that are on a GPU or require gradients.
        source = source.detach().cpu()
    return np.asarray(source)


def _from_array(array: np.ndarray, name: str) -> Image.Image:
    array = check_array(array, name)
    pixels = np.rint(array).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)


def check_array(array: np.ndarray, name: str) -> np.ndarray:
    """Checks that an array is an image from 0 to 255; drops the axis of a batch of one."""
    expected = f"Expected {name} to be an array (height, width, 3), 0 to 255."
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[-1] not in (1, 3, 4)):
        raise ValueError(
            f"{expected} Received: shape {array.shape}. Pass one image, with its channels last."
        )
    if array.size == 0:
        raise ValueError(
            f"{expected} Received: an empty array, shape {array.shape}. Pass at least one pixel."
        )
    if array.dtype.kind not in "uif":
        raise ValueError(f"{expected} Received: dtype {array.dtype}. Convert it to uint8.")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{expected} Received: values that are NaN or infinite. Replace these values."
        )
    if array.min() < 0 or array.max() > 255:
        raise ValueError(
            f"{expected} Received: values from {array.min()} to {array.max()}. Scale or clip them."
        )
    if array.dtype.kind == "f" and 0 < array.max() <= 1:
        raise ValueError(
            f"{expected} Received: floats from {array.min()} to {array.max()}, which look like an "
            "image from 0 to 1. Multiply it by 255."
        )
    return array


def _from_0_to_255(mask: np.ndarray) -> np.ndarray:
    """Rescales a mask from 0 to 1, such as a segmentation, to 0 to 255; leaves others unchanged."""
    if mask.size == 0 or mask.dtype.kind not in "buif" or not (mask.min() >= 0 and mask.max() <= 1):
        return mask
    if mask.dtype.kind == "f":
        return np.rint(mask * 255).astype(np.uint8)
    return mask.astype(np.uint8) * np.uint8(255)
