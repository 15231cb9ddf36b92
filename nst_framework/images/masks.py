"""Reads masks and checks that they have the aspect ratio of their image."""

from __future__ import annotations

import numpy as np
from PIL import ImageOps

from .image_file import ORIENTATION, TURNED, Layout
from .reading import ImageSource, image_layout, open_image, read_mask


def read_region(
    mask: ImageSource, picture: ImageSource, shape: tuple[int, int], name: str, picture_name: str
) -> np.ndarray:
    """Reads an image's mask like `read_mask`; raises a `ValueError` if the aspect ratios differ.

    A mask that was painted on the stored pixels of a rotated photograph is rotated with it.
    """
    layout, own = image_layout(picture, picture_name), image_layout(mask, name)
    if is_same_shape(own, layout):
        return read_mask(mask, shape, name)
    upright = Layout(own.height, own.width)
    if layout.orientation in TURNED and own.orientation == 1 and is_same_shape(upright, layout):
        image = open_image(mask, name)
        image.getexif()[ORIENTATION] = layout.orientation
        return read_mask(ImageOps.exif_transpose(image), shape, name)
    raise ValueError(
        f"Expected {name} to have the aspect ratio of {picture_name}, which has {layout.width} x "
        f"{layout.height} pixels. Received: {own.width} x {own.height} pixels. Paint the mask over "
        "that image, or crop it in the same way."
    )


def is_same_shape(one: Layout, other: Layout) -> bool:
    """Whether two images have the same aspect ratio, up to rounding to whole pixels."""
    difference = abs(one.width * other.height - one.height * other.width)
    return difference <= max(one.width + one.height, other.width + other.height)
