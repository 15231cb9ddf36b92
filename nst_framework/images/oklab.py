"""The colour space OKLab: perceived lightness L, and a and b for hue and chroma.

Source: Ottosson, "A perceptual color space for image processing", 2020,
https://bottosson.github.io/posts/oklab.
"""

from __future__ import annotations

import numpy as np

RGB_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
"""From linear red, green and blue to the responses of the eye's three kinds of cones."""

CONES_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""From the cube roots of these responses to L, a and b."""


def to_oklab(image: np.ndarray) -> np.ndarray:
    """From sRGB to OKLab.

    Args:
        image: Array `(..., 3)`, 0 to 255.

    Returns:
        Array `(..., 3)`, float64: L from 0 to 1, a and b around 0.
    """
    rgb = np.asarray(image, np.float64) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ RGB_TO_CONES.T) @ CONES_TO_LAB.T


def from_oklab(lab: np.ndarray) -> np.ndarray:
    """From OKLab to sRGB.

    Args:
        lab: Array `(..., 3)`.

    Returns:
        Array `(..., 3)`, float64, 0 to 255. Colours outside sRGB are clipped.
    """
    linear = (lab @ np.linalg.inv(CONES_TO_LAB).T) ** 3 @ np.linalg.inv(RGB_TO_CONES).T
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
