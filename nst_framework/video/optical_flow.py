"""Optical flow between two frames, and where it is reliable."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import map_coordinates
from skimage.color import rgb2gray
from skimage.registration import optical_flow_tvl1

COARSE = 160
"""Longer side, in pixels, of the reduced frames of `coarse_flow`."""


def optical_flow(image: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Estimates the displacement of each pixel of a frame in another frame.

    Source: Zach, Pock and Bischof, "A duality based approach for realtime TV-L1 optical flow",
    DAGM 2007, as implemented in scikit-image. Its `optical_flow_ilk` takes half the time and
    OpenCV's DIS a hundredth, with errors twice as large; optimizing a frame takes many times as
    long as any of them.

    Both frames are `(height, width, 3)`, uint8. The flow is `(2, height, width)`, float32, in
    pixels down and to the right.
    """
    return optical_flow_tvl1(rgb2gray(image), rgb2gray(other), dtype=np.float32)


def coarse_flow(image: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimates the flow at a reduced size, enlarges it, and rates how far to trust it.

    Both frames are `(height, width, 3)`, uint8. The flow has the form of `optical_flow`; the trust
    is `(height, width)`, float32, from 0 to 1. Motion boundaries are trusted, too: artifacts
    dragged along there fade as frames are blended, whereas unblended boundaries would visibly
    flicker.
    """
    height, width = image.shape[:2]
    scale = min(1.0, COARSE / max(height, width))
    small = max(1, round(width * scale)), max(1, round(height * scale))
    frames = [
        np.asarray(Image.fromarray(each).resize(small, Image.Resampling.BOX))
        for each in (image, other)
    ]
    flow, back = optical_flow(*frames), optical_flow(*frames[::-1])
    enlarged = [
        _enlarge(part * length / length_of_small, (width, height))
        for part, length, length_of_small in zip(flow, (height, width), small[::-1], strict=True)
    ]
    trust = consistent(flow, back).astype(np.float32)
    return np.stack(enlarged), _enlarge(trust, (width, height))


def _enlarge(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))


def warp(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Samples the other frame at the positions to which the flow points.

    `image` is `(height, width)` or `(height, width, channels)`; the result has the same shape,
    float32. Pixels at the border are repeated beyond it.
    """
    height, width = flow.shape[1:]
    places = np.mgrid[:height, :width] + flow
    channels = np.atleast_3d(image).astype(np.float32)
    # Linear interpolation would blur the image a little more with each frame.
    moved = [
        map_coordinates(channels[..., number], places, order=3, mode="nearest")
        for number in range(channels.shape[-1])
    ]
    return np.stack(moved, axis=-1).reshape(image.shape)


def reliable(flow: np.ndarray, back: np.ndarray) -> np.ndarray:
    r"""Where a flow is reliable: where it is consistent, except at motion boundaries.

    Motion boundaries are where

    $$ |\nabla u|^2 + |\nabla v|^2 > 0.01 |w|^2 + 0.002 $$

    Source: Ruder, Dosovitskiy and Brox, "Artistic style transfer for videos", GCPR 2016, equation
    6.

    Arguments and result are as for `consistent`.
    """
    slopes = [np.square(slope) for part in flow for slope in np.gradient(part)]
    smooth = np.sum(slopes, axis=0) <= 0.01 * np.sum(flow**2, axis=0) + 0.002
    return consistent(flow, back) & smooth


def consistent(flow: np.ndarray, back: np.ndarray) -> np.ndarray:
    r"""Where a flow points to something that is visible in both frames.

    A pixel is inconsistent if the flow leaves the frame, or if following it there and back does not
    return to the start, as in areas that a moving object has just uncovered:

    $$ |w + \hat w|^2 \geq 0.01 \, (|w|^2 + |\hat w|^2) + 0.5 $$

    Source: as for `reliable`, equation 5.

    The flow $w = (u, v)$ points from a frame to the previous one, and `back` from the previous
    frame to this one; $\hat w$ is `back` at the positions to which $w$ points. The result is
    `(height, width)`, bool.
    """
    height, width = flow.shape[1:]
    returned = warp(np.moveaxis(back, 0, -1), flow)
    returned = np.moveaxis(returned, -1, 0)
    length = np.sum(flow**2, axis=0) + np.sum(returned**2, axis=0)
    returns_to_start = np.sum((flow + returned) ** 2, axis=0) < 0.01 * length + 0.5
    rows, columns = np.mgrid[:height, :width] + flow
    inside = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
    return returns_to_start & inside
