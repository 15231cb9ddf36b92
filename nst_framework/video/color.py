"""Converts video frames in any supported color coding to 8-bit sRGB."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from ..images.coded_colors import (
    BT2020,
    CHROMATICITIES,
    DISPLAY_P3,
    HLG,
    LINEAR,
    PQ,
    SRGB,
    SRGB_CHROMATICITIES,
    WHITE,
    pq_light,
    srgb_light,
    to_xyz,
)

if TYPE_CHECKING:
    import av

UNSPECIFIED = 2
"""FFmpeg's code for an untagged property. All other codes are those of ISO/IEC 23091-2."""

BT709, BT601 = 1, 6
LIMITED_RANGE, FULL_RANGE = 1, 2

MATRICES = (BT709, 4, 5, BT601, 7, BT2020)
"""Matrices that FFmpeg's scaler supports."""

UNTAGGED_MATRICES = (0, UNSPECIFIED, 3)
"""Matrix codes of YCbCr frames that do not specify a matrix: RGB, unspecified and reserved."""

MAX_BT601_WIDTH, MAX_BT601_HEIGHT = 1279, 576
"""The largest untagged frame that is assumed to use BT.601, as in players."""

WIDE_PRIMARIES = {
    BT2020: CHROMATICITIES[BT2020],
    11: CHROMATICITIES[DISPLAY_P3],
    DISPLAY_P3: CHROMATICITIES[DISPLAY_P3],
}
"""Chromaticities of white, red, green and blue of wide-gamut primaries.

The white of code 11, DCI's, is displayed as D65. The primaries of standard definition are close to
BT.709's and are not converted, as in most players."""

HLG_PEAK, HLG_GAMMA = 1000.0, 1.2
"""Peak luminance, in cd/m², and system gamma of HLG's reference display."""

TELEVISION_GAMMA = 2.4
"""Exponent of a standard-dynamic-range display (ITU-R BT.1886)."""

BT2020_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)
"""Luminance weights of BT.2020's red, green and blue."""

ROWS_AT_ONCE = 64
"""Rows converted at a time; more do not fit into a CPU's cache."""


def to_srgb(frame: av.VideoFrame) -> np.ndarray:
    """Converts a frame, as stored, to `(height, width, 3)`, uint8, sRGB.

    Alpha, if any, is a fourth channel. HDR highlights brighter than white and colors outside the
    sRGB gamut are clipped.
    """
    has_alpha = frame.format.has_palette or any(part.is_alpha for part in frame.format.components)
    matrix, primaries, transfer = _colors(frame)
    if transfer not in (LINEAR, PQ, HLG) and primaries not in WIDE_PRIMARIES:
        return _to_rgb(frame, "rgba" if has_alpha else "rgb24", matrix)
    coded = _to_rgb(frame, "rgba64le" if has_alpha else "rgb48le", matrix)
    pixels = np.empty(coded.shape, np.uint8)
    to_light, to_bt709 = _light(transfer, _deep_white(frame)), _to_bt709(primaries)
    to_values = _values(transfer)
    for top in range(0, len(coded), ROWS_AT_ONCE):
        rows = slice(top, top + ROWS_AT_ONCE)
        light = to_light[coded[rows, :, :3]]
        if transfer == HLG:
            luminance = (light @ BT2020_LUMINANCE)[..., None]
            light *= HLG_PEAK / WHITE * luminance ** (HLG_GAMMA - 1)
        root = np.sqrt(np.clip(light @ to_bt709, 0, 1))
        pixels[rows, :, :3] = to_values[np.rint(root * 65535).astype(np.uint16)]
    if has_alpha:
        pixels[..., 3] = coded[..., 3] >> 8
    return pixels


def _colors(frame: av.VideoFrame) -> tuple[int, int, int]:
    """FFmpeg's codes for a frame's matrix, primaries and transfer; missing ones are guessed."""
    matrix, primaries, transfer = frame.colorspace, frame.color_primaries, frame.color_trc
    if frame.format.is_rgb or frame.format.has_palette:
        matrix = UNSPECIFIED
    elif matrix in UNTAGGED_MATRICES:
        if transfer in (PQ, HLG) or primaries == BT2020:
            matrix = BT2020
        elif frame.width > MAX_BT601_WIDTH or frame.height > MAX_BT601_HEIGHT:
            matrix = BT709
        else:
            matrix = BT601
    elif matrix not in MATRICES:
        raise ValueError(
            "Expected colors coded by BT.601, BT.709 or BT.2020. Received: a video with matrix "
            f"{matrix} of ISO/IEC 23091-2. Convert it first, for example with ffmpeg's filter "
            "zscale=m=709."
        )
    if primaries == UNSPECIFIED and (matrix == BT2020 or transfer in (PQ, HLG)):
        primaries = BT2020
    return matrix, primaries, transfer


def _to_rgb(frame: av.VideoFrame, form: str, matrix: int) -> np.ndarray:
    """Converts to full-range RGB without changing transfer or primaries."""
    from av.video.reformatter import Interpolation

    # By default, the scaler is less exact than a JPEG decoder.
    exact = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND
    frame.colorspace = matrix
    rgb = frame.reformat(format=form, interpolation=exact).to_ndarray()
    is_gray = len(frame.format.components) < 3 and not frame.format.has_palette
    if frame.color_range == LIMITED_RANGE and (is_gray or frame.format.is_rgb):
        # The scaler assumes full range for RGB and gray.
        most = 255 if rgb.dtype == np.uint8 else 65535
        values = np.arange(most + 1) * (255 / most)
        full = np.rint(np.clip((values - 16) / 219, 0, 1) * most).astype(rgb.dtype)
        rgb[..., :3] = full[rgb[..., :3]]
    return rgb


def _deep_white(frame: av.VideoFrame) -> int:
    """The 16-bit value to which the scaler converts white, which is not always 65535."""
    is_rgb = frame.format.is_rgb or frame.format.has_palette
    is_full = is_rgb or frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
    return 65535 if is_full and frame.format.components[0].bits > 8 else 255 << 8


@functools.cache
def _light(transfer: int, white: int) -> np.ndarray:
    """The linear light of each 16-bit value, 1 for white, float32; scene light for HLG."""
    value = np.minimum(np.arange(65536) / white, 1)
    if transfer == LINEAR:
        light = value
    elif transfer == PQ:
        light = pq_light(value)
    elif transfer == HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12)
    elif transfer == SRGB:
        light = srgb_light(value)
    else:
        light = value**TELEVISION_GAMMA
    return light.astype(np.float32)


@functools.cache
def _values(transfer: int) -> np.ndarray:
    """A table from the 16-bit square root of linear light to uint8 values.

    The values are sRGB's, or the source's where its transfer function is otherwise not converted.
    """
    light = (np.arange(65536) / 65535) ** 2
    if transfer in (LINEAR, PQ, HLG, SRGB):
        value = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    else:
        value = light ** (1 / TELEVISION_GAMMA)
    return np.rint(255 * value).astype(np.uint8)


@functools.cache
def _to_bt709(primaries: int) -> np.ndarray:
    """The matrix `(3, 3)` to BT.709, to be multiplied on the right of linear RGB rows."""
    source = to_xyz(WIDE_PRIMARIES.get(primaries, SRGB_CHROMATICITIES))
    matrix = np.linalg.solve(to_xyz(SRGB_CHROMATICITIES), source)
    return np.ascontiguousarray(matrix.T, np.float32)
