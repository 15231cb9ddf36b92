"""Decodes TIFF samples from decompressed bytes, and scales them to 8 bits."""

from __future__ import annotations

import numpy as np
from tifffile import PHOTOMETRIC, TiffPage

_INTEGER, _SIGNED, _FLOAT = 1, 2, 3
"""TIFF's sample formats."""

_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3
"""TIFF's predictors."""

_WITHOUT_PREDICTOR = (1, 32773)
"""Compressions that have no predictor: none and PackBits."""

_COEFFICIENTS, _SUBSAMPLING, _BLACK_AND_WHITE = 529, 530, 532
"""TIFF's tags for YCbCr."""

ROWS = 256
"""Rows converted at a time, to limit memory."""


def dtype(page: TiffPage) -> np.dtype:
    """The NumPy dtype of the samples, in native byte order."""
    return np.dtype(f"{'uif'[page.sampleformat - 1]}{itemsize(page)}")


def itemsize(page: TiffPage) -> int:
    """Bytes per decoded sample; 0 if the sample type is not supported."""
    depth, kind = page.bitspersample, page.sampleformat
    if kind not in (_INTEGER, _SIGNED, _FLOAT) or not isinstance(depth, int):
        return 0
    if depth in {_FLOAT: (16, 32, 64)}.get(kind, (8, 16, 32, 64)):
        return depth // 8
    packed = kind == _INTEGER and 1 <= depth < 16 and predictor(page) == 1
    return (1 if depth < 8 else 2) if packed else 0


def predictor(page: TiffPage) -> int:
    """The predictor: TIFF's code, of which 1 is none; 0 if it is not supported."""
    if page.compression in _WITHOUT_PREDICTOR:
        return 1
    known = page.predictor in ((1, 2, 3) if page.sampleformat == _FLOAT else (1, 2))
    return int(page.predictor) if known else 0


def segment_size(page: TiffPage, height: int, width: int) -> int:
    """Bytes of a decompressed strip or tile."""
    samples = 1 if page.planarconfig == 2 else page.samplesperpixel
    across, down = _subsampling(page)
    if (across, down) != (1, 1):
        return -(-height // down) * -(-width // across) * (across * down + 2)
    return height * -(-width * samples * page.bitspersample // 8)


def decode(page: TiffPage, unpacked: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Decodes the bytes `(size,)` of a strip or tile to `(height, width, channels)`."""
    height, width = shape
    if _subsampling(page) != (1, 1):
        return _decode_subsampled(page, unpacked, shape)
    channels = 1 if page.planarconfig == 2 else page.samplesperpixel
    rows = unpacked.reshape(height, -1)
    depth = page.bitspersample
    if depth != 8 * itemsize(page):
        bits = np.unpackbits(rows, axis=1)[:, : width * channels * depth]
        weights = 1 << np.arange(depth - 1, -1, -1, dtype=np.uint16)
        samples = bits.reshape(height, -1, depth) @ weights
        top = 255 if itemsize(page) == 1 else 65535
        return np.rint(samples * (top / (2**depth - 1))).reshape(height, width, channels)
    size = itemsize(page)
    if predictor(page) == _FLOAT_DIFFERENCES:
        # All high bytes of a row come first, and each byte is a difference.
        bytes_ = np.add.accumulate(rows.reshape(height, -1, channels), axis=1, dtype=np.uint8)
        planes = bytes_.reshape(height, size, -1).transpose(0, 2, 1)
        samples = np.ascontiguousarray(planes).view(dtype(page).newbyteorder(">"))
        return samples.reshape(height, width, channels)
    order = page.parent.byteorder
    if predictor(page) == _DIFFERENCES:
        # Floats, too, are differenced as integers with the same bits.
        whole = rows.view(f"{order}u{size}").reshape(height, width, channels)
        native = np.add.accumulate(whole, axis=1, dtype=f"u{size}")
        return native.view(dtype(page))
    return rows.view(dtype(page).newbyteorder(order)).reshape(height, width, channels)


def _decode_subsampled(page: TiffPage, unpacked: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Decodes YCbCr with subsampled chroma."""
    height, width = shape
    across, down = _subsampling(page)
    units = unpacked.reshape(-(-height // down), -(-width // across), across * down + 2)
    blocks = units[..., :-2].reshape(*units.shape[:2], down, across).swapaxes(1, 2)
    light = blocks.reshape(len(units) * down, -1, 1)
    color = units[..., -2:].repeat(down, axis=0).repeat(across, axis=1)
    return np.concatenate([light, color], axis=2)[:height, :width]


def to_bytes(samples: np.ndarray) -> np.ndarray:
    """Scales samples `(height, width, channels)` to 0 to 255, uint8."""
    scale = 255 / _white(samples)
    if scale == 1 and samples.dtype == np.uint8:
        return samples
    scaled = np.empty(samples.shape, np.uint8)
    for row in range(0, len(samples), ROWS):
        scaled[row : row + ROWS] = np.rint(samples[row : row + ROWS] * np.float64(scale))
    return scaled


def _white(samples: np.ndarray) -> float:
    """The sample value of white.

    Floats range from 0 to 1 or from 0 to 255. Integers use the non-negative range of their dtype,
    but 32-bit and signed samples often have the range of 8 or 16 bits.
    """
    least, most = float(samples.min()), float(samples.max())
    if not (least >= 0 and most < np.inf):
        raise ValueError(
            f"samples from {least:g} to {most:g}; save it as integers, with black at 0"
        )
    if samples.dtype.kind == "f":
        if most <= 1:
            return 1.0
        if most > 255 or samples.mean(dtype=np.float64) < 1:
            raise ValueError(
                f"floats from {least:g} to {most:g}, neither from 0 to 1 nor from 0 to 255; save "
                "it with 8 or 16 bits"
            )
        return 255.0
    top = np.iinfo(samples.dtype).max
    if samples.dtype.itemsize > 2 or samples.dtype.kind == "i":
        top = min((each for each in (255, 65535) if most <= each < top), default=top)
    return float(top)


def to_rgb(pixels: np.ndarray, page: TiffPage) -> np.ndarray:
    """Converts YCbCr `(height, width, 3 or 4)`, uint8, to RGB; alpha does not change.

    Source: TIFF 6.0, section 21, with the file's luma coefficients and reference black and white.
    """
    red, green, blue = _rationals(page, _COEFFICIENTS, (0.299, 0.587, 0.114))
    ends = _rationals(page, _BLACK_AND_WHITE, (0, 255, 128, 255, 128, 255))
    black, white = np.array(ends[::2]), np.array(ends[1::2])
    scale = np.array([255, 127, 127]) / (white - black)
    converted = pixels.copy()
    for row in range(0, len(pixels), ROWS):
        light, less_blue, less_red = np.moveaxis(
            (pixels[row : row + ROWS, :, :3] - black) * scale, -1, 0
        )
        reds = light + (2 - 2 * red) * less_red
        blues = light + (2 - 2 * blue) * less_blue
        greens = (light - blue * blues - red * reds) / green
        colors = np.stack([reds, greens, blues], axis=-1)
        converted[row : row + ROWS, :, :3] = np.rint(np.clip(colors, 0, 255))
    return converted


def _rationals(page: TiffPage, tag: int, default: tuple[float, ...]) -> tuple[float, ...]:
    """The rational values of a tag."""
    numbers = page.tags.valueof(tag)
    if not isinstance(numbers, tuple) or len(numbers) != 2 * len(default):
        return default
    return tuple(top / bottom for top, bottom in zip(numbers[::2], numbers[1::2], strict=True))


def _subsampling(page: TiffPage) -> tuple[int, int]:
    """Chroma subsampling factors, horizontal and vertical."""
    if page.photometric != PHOTOMETRIC.YCBCR:
        return 1, 1
    across, down = page.tags.valueof(_SUBSAMPLING, (2, 2))
    return int(across), int(down)
