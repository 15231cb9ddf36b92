"""Frames of known colors, converted by the formulas of the standards, and their encoding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

COLORS = np.array(
    [
        (200, 40, 40),
        (40, 200, 40),
        (40, 40, 200),
        (128, 128, 128),
        (255, 255, 255),
        (20, 20, 20),
        (230, 200, 30),
        (0, 0, 0),
    ],
    np.uint8,
)
"""The sRGB colors of the bars."""

LUMA = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
"""Coefficients of red and blue in luma, by the number of the matrix in ISO/IEC 23091-2."""

TO_BT2020 = np.array(
    [
        [0.627404, 0.329283, 0.043313],
        [0.069097, 0.919540, 0.011362],
        [0.016391, 0.088013, 0.895595],
    ]
)
"""From linear BT.709 to linear BT.2020 (ITU-R BT.2087)."""

TO_P3 = np.array(
    [[0.822462, 0.177538, 0.0], [0.033194, 0.966806, 0.0], [0.017083, 0.072397, 0.910520]]
)
"""From linear BT.709 to linear Display P3."""

WHITE = 203.0
"""Luminance of white in high dynamic range, in cd/m² (ITU-R BT.2408)."""


def bars(height: int, width: int) -> np.ndarray:
    """Vertical bars of the colors: `(height, width, 3)`, uint8."""
    columns = np.arange(width) * len(COLORS) // width
    return np.broadcast_to(COLORS[columns], (height, width, 3))


def light_of(srgb: np.ndarray) -> np.ndarray:
    """Converts sRGB values to linear light, 0 to 1 (IEC 61966-2-1)."""
    value = srgb / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def srgb_of(light: np.ndarray) -> np.ndarray:
    """Converts linear light to sRGB values, 0 to 1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def pq_of(light: np.ndarray) -> np.ndarray:
    """Converts light, 1 for white, to PQ values, 0 to 1 (ITU-R BT.2100, table 4)."""
    power = (WHITE * light / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg_of(light: np.ndarray) -> np.ndarray:
    """Converts light to HLG values, 0 to 1, on a 1000 cd/m² display (ITU-R BT.2100, table 5)."""
    shown = light * WHITE / 1000
    luminance = np.maximum(shown @ [0.2627, 0.6780, 0.0593], 1e-12)[..., None]
    scene = shown * luminance ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    logarithm = a * np.log(np.maximum(12 * scene - b, 1e-12)) + c
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), logarithm)


def coded_frame(
    values: np.ndarray, form: str, matrix: int = 6, is_full: bool = False, alpha: float = 1.0
) -> av.VideoFrame:
    """Converts red, green and blue values, 0 to 1, to a frame in FFmpeg's planar format `form`.

    The frame has no tags. `values` is `(height, width, 3)`. Subsampled chroma is that of the first
    pixel of each group.
    """
    height, width, _ = values.shape
    frame = av.VideoFrame(width, height, form)
    bits = frame.format.components[0].bits
    red, green, blue = np.moveaxis(values, -1, 0)
    most, step = 2**bits - 1, 2 ** (bits - 8)
    if frame.format.is_rgb:
        scale = (lambda value: most * value) if is_full else _limited(step)
        planes = [scale(green), scale(blue), scale(red)]
    else:
        of_red, of_blue = LUMA[matrix]
        luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
        chroma = [(blue - luma) / (2 - 2 * of_blue), (red - luma) / (2 - 2 * of_red)]
        if is_full:
            planes = [most * luma, *(128 * step + most * each for each in chroma)]
        else:
            planes = [_limited(step)(luma), *(step * (128 + 224 * each) for each in chroma)]
    planes = [*planes[: len(frame.planes)], np.full((height, width), most * alpha)]
    dtype = np.dtype("u1" if bits == 8 else "<u2")
    for plane, samples in zip(frame.planes, planes, strict=False):
        rows, columns = -(-height // plane.height), -(-width // plane.width)
        stored = np.zeros((plane.height, plane.line_size // dtype.itemsize), dtype)
        stored[:, : plane.width] = np.clip(np.rint(samples[::rows, ::columns]), 0, most)
        plane.update(stored.tobytes())
    return frame


def _limited(step: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda value: step * (16 + 219 * value)


def write_clip(
    path: Path,
    codec: str,
    frames: Iterable[av.VideoFrame],
    *,
    tags: tuple[int, int, int, int] = (2, 2, 2, 0),
    aspect: Fraction | None = None,
    rate: int = 25,
    options: dict[str, str] | None = None,
    orientation: tuple[int, bool] | None = None,
) -> None:
    """Encodes frames.

    `tags` are FFmpeg's numbers for matrix, primaries, transfer and range. `aspect` is the width of
    a pixel divided by its height. `orientation` is the rotation in degrees counterclockwise, and
    whether the image is then mirrored.
    """
    frames = list(frames)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = frames[0].width, frames[0].height
        stream.pix_fmt = frames[0].format.name
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = tags
        if aspect is not None:
            context.sample_aspect_ratio = aspect
        if orientation is not None:
            stream.set_display_rotation(orientation[0], hflip=orientation[1])
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, Fraction(1, rate)
            frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range = tags
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
