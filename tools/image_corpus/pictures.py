"""An image in each of Pillow's modes, with its expected pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import PIL
from PIL import Image

HEIGHT, WIDTH = 32, 48
GRAYS = (0, 85, 170, 255)
COLORS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))
ALPHAS = (255, 51, 0, 204)
LABS = (
    (54.29, 80.81, 69.89),
    (87.82, -79.27, 80.99),
    (29.57, 68.30, -112.03),
    (97.61, -15.75, 93.39),
)
"""Lab of `COLORS`, relative to D50."""
INKS = ((255, 0, 0, 0), (0, 255, 0, 0), (0, 0, 255, 0), (0, 0, 0, 255))
LOSSY = 14
"""The largest error allowed for JPEG in these images at full chroma resolution."""
SATURATED = 24
"""The largest error allowed for 8-bit Lab in colors as saturated as these."""
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "tif": "TIFF", "bmp": "BMP"}


@dataclass(frozen=True)
class Picture:
    """A file and its expected image.

    Attributes:
        name: The file's name.
        data: Its contents.
        expected: Array `(height, width, 3)`, uint8.
        tolerance: The largest difference allowed, in pixel values.
        is_blurred: Whether edges are blurred, so that only the mean difference is compared.
    """

    name: str
    data: bytes
    expected: np.ndarray
    tolerance: int = 1
    is_blurred: bool = False

    def is_shown_by(self, image: np.ndarray) -> bool:
        """Whether an image equals the expected one within the tolerance."""
        if image.shape != self.expected.shape:
            return False
        difference = np.abs(image.astype(int) - self.expected)
        worst = difference.mean() if self.is_blurred else difference.max()
        return bool(worst <= self.tolerance)


def quarters(values: Any, dtype: Any = np.uint8) -> np.ndarray:
    """An image of four quarters, which differs from all its rotations and reflections."""
    index = np.zeros((HEIGHT, WIDTH), int)
    index[: HEIGHT // 2, WIDTH // 2 :] = 1
    index[HEIGHT // 2 :, : WIDTH // 2] = 2
    index[HEIGHT // 2 :, WIDTH // 2 :] = 3
    return np.asarray(values, dtype)[index]


def saved(image: Image.Image, extension: str, **options: Any) -> bytes:
    """The contents of a file written by Pillow."""
    file = io.BytesIO()
    image.save(file, FORMATS.get(extension, extension.upper()), **options)
    return file.getvalue()


def gray(values: Any) -> np.ndarray:
    """The values in three equal channels."""
    return np.repeat(quarters(values)[..., None], 3, axis=2)


def over_white(colors: Any, alphas: Any) -> np.ndarray:
    """Colors blended over white."""
    share = quarters(alphas)[..., None] / 255
    return np.rint(quarters(colors) * share + 255 * (1 - share)).astype(np.uint8)


def by_mode() -> dict[str, tuple[Image.Image, np.ndarray]]:
    """An image in each of Pillow's modes, with its expected pixels."""
    color = Image.fromarray(quarters(COLORS))
    light = Image.fromarray(quarters(GRAYS))
    alpha = Image.fromarray(quarters(ALPHAS))
    palette = color.quantize(4)
    # Pillow's raw data has signed a and b, to which it adds 128.
    lab = np.rint(np.array(LABS) * (2.55, 1, 1)).astype(int) & 255
    deep = quarters(np.array(GRAYS) * 257, np.uint16)
    inks = quarters(INKS)
    translucent = Image.merge("RGBA", (*color.split(), alpha))
    shadow = Image.merge("LA", (light, alpha))
    palette_alpha = palette.convert("PA")
    palette_alpha.putalpha(alpha)
    repeated = [(value,) * 3 for value in GRAYS]
    printed = 255 - np.minimum(255, inks[..., :3].astype(int) + inks[..., 3:])
    modes = {
        "1": (Image.fromarray(quarters((0, 255, 255, 0))).convert("1"), gray((0, 255, 255, 0))),
        "L": (light, gray(GRAYS)),
        "LA": (shadow, over_white(repeated, ALPHAS)),
        "La": (shadow.convert("La"), over_white(repeated, ALPHAS)),
        "P": (palette, quarters(COLORS)),
        "PA": (palette_alpha, over_white(COLORS, ALPHAS)),
        "RGB": (color, quarters(COLORS)),
        "RGBX": (color.convert("RGBX"), quarters(COLORS)),
        "RGBA": (translucent, over_white(COLORS, ALPHAS)),
        "RGBa": (translucent.convert("RGBa"), over_white(COLORS, ALPHAS)),
        "CMYK": (Image.fromarray(inks, "CMYK"), printed.astype(np.uint8)),
        "YCbCr": (color.convert("YCbCr"), quarters(COLORS)),
        "HSV": (color.convert("HSV"), quarters(COLORS)),
        "LAB": (Image.fromarray(quarters(lab), "LAB"), quarters(COLORS)),
        "I": (Image.fromarray(quarters(np.array(GRAYS) * 257, np.int32)), gray(GRAYS)),
        "F": (Image.fromarray(quarters(GRAYS, np.float32)), gray(GRAYS)),
    }
    for mode, order in (("I;16", "<"), ("I;16L", "<"), ("I;16B", ">"), ("I;16N", "=")):
        data = deep.astype(f"{order}u2").tobytes()
        modes[mode] = (Image.frombytes(mode, (WIDTH, HEIGHT), data), gray(GRAYS))
    return modes


def pillow_pictures() -> Iterator[Picture]:
    """Every Pillow mode in every format that supports it."""
    for mode, (image, expected) in by_mode().items():
        for extension in FORMATS:
            lossy = extension == "jpg"
            options: dict[str, Any] = {"quality": 100, "subsampling": 0} if lossy else {}
            if extension == "webp":
                # Pillow's own conversion to WebP clips gray of more than 8 bits.
                if mode.startswith("I") or mode == "F":
                    continue
                options = {"lossless": True, "exact": True}
            if extension == "bmp" and mode in ("RGBA", "P"):
                continue  # written differently below
            if mode == "I" and extension == "png":
                continue  # deprecated in Pillow, and written as I;16
            if mode == "YCbCr" and extension == "tif" and PIL.__version__ < "13":
                continue  # an error, and not a picture, in older releases of Pillow
            try:
                data = saved(image, extension, **options)
            except (OSError, KeyError, ValueError):
                continue  # the format has no such mode
            tolerance = SATURATED if mode == "LAB" else LOSSY if lossy else 3
            yield Picture(f"{mode.replace(';', '-')}.{extension}", data, expected, tolerance)
