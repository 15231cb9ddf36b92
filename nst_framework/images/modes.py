"""Converts Pillow images of any mode and color profile to sRGB and alpha."""

from __future__ import annotations

import functools
import io

import numpy as np
from PIL import Image, ImageCms

_WHITE_IS_ZERO = 0
_PHOTOMETRIC = 262
_BITS_PER_SAMPLE = 258

PROFILED_MODES = ("L", "RGB", "CMYK")
"""Modes to which ICC profiles apply; LAB is device independent."""


def has_transparency(image: Image.Image) -> bool:
    """Whether an image can have transparent pixels.

    A damaged PNG may declare a transparent color in another mode's form, which is ignored.
    """
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        return True
    forms = {"P": int | bytes, "RGB": tuple}
    return isinstance(image.info.get("transparency"), forms.get(image.mode, int))


def to_rgb(image: Image.Image, background: str | None, name: str) -> Image.Image:
    """Converts an image to 8-bit sRGB on a background.

    `background` is a Pillow color name. `None` ignores alpha, so that hidden colors show.
    """
    color, alpha = split(image, name)
    color = to_srgb(color)
    if alpha is None or background is None:
        return color
    behind = Image.new("RGB", color.size, background)
    behind.paste(color, mask=alpha)
    return behind


def split(image: Image.Image, name: str) -> tuple[Image.Image, Image.Image | None]:
    """Splits an image into color and alpha, which is `None` if there is none.

    The color image has 8 bits, no palette, and the ICC profile; alpha has mode L.
    """
    if "transparency" in image.info and not has_transparency(image):
        # Pillow would warn or fail.
        image = image.copy()
        del image.info["transparency"]
    profile = image.info.get("icc_profile")
    color, alpha = image, None
    if image.mode.startswith("I") or image.mode == "F":
        color, alpha = _split_deep_gray(image, name)
    elif image.mode == "La":
        # Pillow can convert it only to LA.
        color, alpha = image.convert("LA").split()
    elif image.mode == "LA":
        color, alpha = image.split()
    elif has_transparency(image):
        translucent = image if image.mode == "RGBA" else image.convert("RGBA")
        color, alpha = translucent.convert("RGB"), translucent.getchannel("A")
    elif image.mode == "1":
        color = image.convert("L")
    elif image.mode == "P":
        color = image.convert("RGB")
    if profile is not None and color is not image:
        color.info["icc_profile"] = profile
    return color, alpha


def _split_deep_gray(image: Image.Image, name: str) -> tuple[Image.Image, Image.Image | None]:
    """Scales gray with more than 8 bits, which Pillow would clip."""
    samples = np.asarray(image)
    least, most = samples.min(), samples.max()
    tags = getattr(image, "tag_v2", {})
    if image.mode == "F":
        top = 255.0
        if 0 < most <= 1:
            raise ValueError(
                f"Expected {name} to have gray values from 0 to 255. Received: floats from "
                f"{least} to {most}, which look like an image from 0 to 1. Multiply it by 255."
            )
    elif image.mode == "I":
        top = 255.0 if most <= 255 else 65535.0
    else:
        top = 4095.0 if tags.get(_BITS_PER_SAMPLE) == (12,) else 65535.0
    if not (least >= 0 and most <= top):
        raise ValueError(
            f"Expected {name} to have gray values from 0 to {top:g}. Received: values from {least} "
            f"to {most}. Save it as 8-bit or 16-bit gray."
        )
    shades = np.multiply(samples, 255 / top, dtype=np.float32)
    scaled = np.rint(shades, out=shades).astype(np.uint8)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        # Pillow inverts only samples of 1 to 8 bits.
        scaled = 255 - scaled
    alpha = None
    if isinstance(transparent := image.info.get("transparency"), int):
        alpha = Image.fromarray(np.where(samples == transparent, 0, 255).astype(np.uint8))
    return Image.fromarray(scaled), alpha


def to_srgb(image: Image.Image) -> Image.Image:
    """Converts an image to RGB, and to sRGB if it has a profile.

    A profile that is damaged or does not fit the image's mode is ignored, as in browsers.
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
    """The ICC profile of sRGB, always with the same bytes."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # A fixed creation date, because the current one would make every file different.
    profile[24:36] = bytes([7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    return bytes(profile)


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether the transform changes no color beyond rounding, so that the profile is sRGB."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(len(steps), -1, 3)
    sample = Image.fromarray(np.ascontiguousarray(colors))
    converted = np.asarray(ImageCms.applyTransform(sample, transform), np.int16)
    return bool(np.abs(converted - colors).max() <= 1)
