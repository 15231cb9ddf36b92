"""Colours as an image's ICC profile describes them, converted to sRGB."""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageCms

PROFILED_MODES = ("L", "RGB", "CMYK")
"""The modes to which profiles apply; LAB has its own colours."""


def to_srgb(image: Image.Image) -> Image.Image:
    """Converts an image to RGB, to sRGB if it has a profile.

    A profile that is damaged, or made for other colours than the image has, is ignored, as it is in
    browsers.

    Args:
        image: An image without alpha, in one of `PROFILED_MODES` or any other that Pillow converts.

    Returns:
        The image in mode RGB.
    """
    profile = image.info.get("icc_profile")
    if image.mode not in PROFILED_MODES or not isinstance(profile, bytes):
        return image if image.mode == "RGB" else image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(source, target, image.mode, "RGB")
        if image.mode == "RGB" and _changes_nothing(transform):
            return image
        converted = ImageCms.applyTransform(image, transform)
    except (OSError, ImageCms.PyCMSError):
        return image.convert("RGB")
    return image.convert("RGB") if converted is None else converted


@functools.cache
def srgb_profile() -> bytes:
    """The ICC profile of sRGB, the same at all times."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # The date of its making, which would make every file different.
    profile[24:36] = bytes([7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    return bytes(profile)


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether it leaves all colours as they are, but for rounding: whether the profile is sRGB."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(len(steps), -1, 3)
    sample = Image.fromarray(np.ascontiguousarray(colors))
    converted = np.asarray(ImageCms.applyTransform(sample, transform), np.int16)
    return bool(np.abs(converted - colors).max() <= 1)
