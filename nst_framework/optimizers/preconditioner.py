"""The initial estimate of the inverse Hessian, before any curvature has been observed."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from .base import Bounds

LOWEST_FREQUENCY = 0.002
"""In cycles per pixel; lower frequencies are treated like this one."""

MIN_RESPONSE = 0.01
"""The window's minimum, at 0.5 cycles per pixel, so that every image remains reachable."""

MARGIN = 1 / 16
"""The margin added to the bounds in `precondition`, as a fraction of their distance."""


def precondition(vector: Any, image: Any, response: Any, bounds: Bounds) -> Any:
    r"""Applies the initial estimate of the inverse Hessian, $H_0 = D F D$.

    The filter $F$ multiplies the Fourier transform by $\max(f, f_0)^{-\beta}$ at each spatial
    frequency $f$, so that coarse structures can move farther than fine ones, and by a window that
    damps the finest (`frequency_response`). The diagonal $D$ is proportional to
    $\sqrt{(x - a + \epsilon)(b - x + \epsilon)}$ for bounds $a$ and $b$: a pixel in the middle of
    the range can move farther than one near a bound, as if it were the sine of a free variable.

    Sources: Olah, Mordvintsev and Schubert, "Feature visualization", Distill 2017, for
    preconditioning in Fourier space. James and Roos, "Minuit", Computer Physics Communications 10,
    1975, section 1.3.1, for the sine.

    Vector and image are tensors `(1, height, width, 3)`. The response is the result of
    `frequency_response` for the image's size; `None` omits the filter. `bounds=None` omits the
    diagonal.
    """
    if bounds is not None:
        low, high = bounds
        margin = MARGIN * (high - low)
        freedom = (image - low + margin) * (high + margin - image)
        diagonal = ops.sqrt(freedom) / ((high - low) / 2 + margin)
        vector = diagonal * vector
    if response is not None:
        vector = apply_response(vector, response)
    return vector if bounds is None else diagonal * vector


def frequency_response(
    height: int, width: int, exponent: float, highest_frequency: float = 0.5
) -> np.ndarray:
    r"""The response $w(f_x) w(f_y) \max(f, f_0)^{-\beta}$ at each spatial frequency $f$.

    The window $w$ is 1 up to the highest frequency and falls, as a squared cosine, to almost 0 at
    0.5 cycles per pixel along either axis; if the highest frequency is 0.5, it is 1 everywhere. The
    exponent is $\beta$. Returns an array `(height, width)`, float32, in the Fourier transform's
    order.
    """
    down, across = np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None]
    response = np.maximum(np.hypot(down, across), LOWEST_FREQUENCY) ** -exponent
    for frequency in (down, across):
        response = response * _window(np.abs(frequency), highest_frequency)
    return response.astype(np.float32)


def _window(frequency: np.ndarray, highest: float) -> np.ndarray:
    if highest == 0.5:
        return np.ones_like(frequency)
    beyond = np.maximum(frequency - highest, 0) / (0.5 - highest)
    return np.maximum(np.cos(np.pi / 2 * beyond) ** 2, MIN_RESPONSE)


def apply_response(image: Any, response: Any) -> Any:
    """Multiplies each channel's Fourier transform by the response; the image wraps around.

    The image is a tensor `(1, height, width, 3)`; the response, `(height, width)`, is equal at
    opposite frequencies.
    """
    red, green, blue = (image[0, :, :, channel] for channel in range(3))
    # The response is real and even, so one complex transform filters two real channels.
    channels: list[Any] = []
    for pair in ((red, green), (blue, ops.zeros_like(blue))):
        real, imaginary = ops.fft2(pair)
        channels += ops.ifft2((real * response, imaginary * response))
    return ops.stack(channels[:3], axis=-1)[None]
