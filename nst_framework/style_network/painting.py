"""Paints a photograph with a style network, as a whole or in bands if it is large."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from ..backend import as_numpy
from ..checks import check_number
from ..images.colors import color_mode, is_gray
from ..images.reading import ImageSource
from ..images.transparency import read_cut_out
from .layers import EPSILON, ConvolutionBlock, scale_input, scale_output

if TYPE_CHECKING:
    from .network import StyleNetwork

SMALLEST = 8
"""Minimum height and width, in pixels, for the network's reflected borders."""

LARGEST_WHOLE = 2**25
"""Largest product of pixels and network width that is painted as a whole, in about 1 GB."""

LARGEST_BAND = 2**18
"""Maximum number of positions in a band."""

Bands = list[np.ndarray]
"""Features of the whole photograph: bands of rows `(rows, width, channels)`, float32."""


def style_weights(style: Sequence[float] | None, styles: int, default: int) -> list[float]:
    """A weight for each style, with a sum of 1; by default, only the default style counts."""
    if style is None:
        return [float(number == default) for number in range(styles)]
    given = style if isinstance(style, Sequence | np.ndarray) else [style]
    weights = [check_number("style", weight, minimum=0.0) for weight in given]
    total = math.fsum(weights)
    if len(weights) != styles or total == 0:
        raise ValueError(
            f"Invalid value for argument `style`. Expected {styles} weights, at least one of them "
            f"above 0. Received: style={style!r}."
        )
    return [weight / total for weight in weights]


def paint_photograph(
    network: StyleNetwork,
    photograph: ImageSource,
    size: int | None,
    style: Sequence[float],
    color: str,
    in_bands: bool | None,
) -> np.ndarray:
    """`StyleNetwork.paint` with resolved style weights; the result is float32, not rounded."""
    mode = color_mode(color)
    if color == "placed":
        raise ValueError(
            "Invalid value for argument `color`. Expected a mode that needs no style image. "
            "Received: color='placed'. Choose 'style', 'luminance', 'cholesky', 'symmetric' or "
            "'histogram'."
        )
    content, alpha = read_cut_out(photograph, size, "photograph")
    if mode.for_gray() is not mode and is_gray(content, alpha):
        mode = mode.for_gray()
    painted = paint(network, mode.prepare(content), style, in_bands)
    painted = mode.present(mode.match(painted, content), content)
    return painted if alpha is None else np.dstack([painted, alpha.astype(np.float32)])


def paint(
    network: StyleNetwork, photograph: np.ndarray, style: Sequence[float], in_bands: bool | None
) -> np.ndarray:
    """Paints a photograph `(height, width, 3)`, uint8, of any size.

    The result is float32, 0 to 255. `style` has a weight for each style. `in_bands` selects
    painting in bands, with the same result except for rounding; `None` selects it for large images.
    """
    height, width = photograph.shape[:2]
    margins = [(0, max(0, SMALLEST - side)) for side in (height, width)]
    photograph = np.pad(photograph, [*margins, (0, 0)], mode="symmetric")
    if in_bands is None:
        in_bands = photograph[..., 0].size * network.width > LARGEST_WHOLE
    weights = ops.convert_to_tensor(np.asarray([style], np.float32))
    if in_bands:
        painted = _paint_in_bands(network, photograph, weights)
    else:
        batch = ops.convert_to_tensor(photograph[None].astype(np.float32))
        painted = as_numpy(network(batch, weights, training=False))[0]
    return np.clip(painted[:height, :width], 0, 255)


def _paint_in_bands(network: StyleNetwork, photograph: np.ndarray, style: Any) -> np.ndarray:
    """Paints layer by layer, and each layer in bands of rows.

    Means and variances are those of the whole photograph: a layer's features are normalized only
    after its last band is computed. Independent tiles would each get a different contrast.
    """
    height, width = photograph.shape[:2]
    rows = max(1, LARGEST_BAND // width)
    pixels = photograph.astype(np.float32)
    scaled = _array(scale_input(ops.convert_to_tensor(pixels), network.compute_dtype))
    features = [scaled[top : top + rows] for top in range(0, height, rows)]
    for block in network.reducing:
        features = _run(block, features, style)
    for first, second in zip(network.residual[::2], network.residual[1::2], strict=True):
        change = _run(second, _run(first, features, style, keep=True), style)
        features = [old + new for old, new in zip(features, change, strict=True)]
    for block in network.enlarging:
        features = _run(block, features, style)
    features = [band[:, :width] for band in features]
    painted = np.empty((height, width, 3), np.float32)
    top = 0
    for band in _convolve(network.painting, features, height, 1):
        end = top + len(band)
        painted[top:end] = as_numpy(scale_output(ops.convert_to_tensor(band), pixels[top:end]))
        top = end
    return painted


def _run(block: ConvolutionBlock, features: Bands, style: Any, keep: bool = False) -> Bands:
    """Runs a block on all bands; without `keep`, each band is freed after its last use."""
    source = features if not keep else list(features)
    height = sum(len(band) for band in source) * block.upsampling
    raw = list(_convolve(block.convolution, source, height, block.upsampling))
    count = sum(band[..., 0].size for band in raw)
    mean = sum(band.sum(axis=(0, 1), dtype=np.float64) for band in raw) / count
    square = np.zeros_like(mean)
    for band in raw:
        band -= mean.astype(np.float32)
        square += np.square(band).sum(axis=(0, 1), dtype=np.float64)
    scale = (1 / np.sqrt(square / count + EPSILON)).astype(np.float32)
    gamma, beta = (
        as_numpy(ops.matmul(style, ops.cast(weight, "float32")))[0]
        for weight in (block.normalization.gamma, block.normalization.beta)
    )
    for band in raw:
        band *= scale * gamma
        band += beta
        if block.activation:
            np.maximum(band, 0, out=band)
    return raw


def _convolve(
    convolution: keras.layers.Conv2D, source: Bands, height: int, upsampling: int
) -> Iterator[np.ndarray]:
    """Upsamples and convolves features, to `height` rows before the convolution.

    Bands are removed from `source` once they are no longer needed. Rows beyond the first and the
    last are reflected.
    """
    margin, strides = convolution.kernel_size[0] // 2, convolution.strides[0]
    width = source[0].shape[1] * upsampling
    size = (height - 1) // strides + 1
    # Depends on the width of the result, so that layers of the same size have the same bands.
    rows = max(1, LARGEST_BAND // ((width - 1) // strides + 1))
    first = 0
    for top in range(0, size, rows):
        wanted = np.arange(top * strides, (min(top + rows, size) - 1) * strides + 2 * margin + 1)
        wanted = np.abs(wanted - margin)
        wanted = np.minimum(wanted, 2 * (height - 1) - wanted) // upsampling
        # Bands above these rows are no longer needed.
        while len(source) > 1 and first + len(source[0]) <= wanted.min():
            first += len(source.pop(0))
        band = _take_rows(source, wanted - first)
        band = np.repeat(band, upsampling, axis=1) if upsampling > 1 else band
        band = np.pad(band, [(0, 0), (margin, margin), (0, 0)], mode="reflect")
        yield np.array(_array(convolution(ops.convert_to_tensor(band[None])))[0])


def _array(tensor: Any) -> np.ndarray:
    """A tensor as a float32 array, because NumPy has no bfloat16."""
    return as_numpy(ops.cast(tensor, "float32"))


def _take_rows(source: Bands, rows: np.ndarray) -> np.ndarray:
    """Copies rows from the bands that contain them; rows are counted from the first band."""
    taken = np.empty((len(rows), *source[0].shape[1:]), np.float32)
    top = 0
    for band in source:
        chosen = (rows >= top) & (rows < top + len(band))
        taken[chosen] = band[rows[chosen] - top]
        top += len(band)
    return taken
