"""Strokes: paths along a field of angles, and the pixels that a stroke covers.

Points are complex numbers: x is the real part and y, downwards, the imaginary one.
"""

import numpy as np
from canvas import (
    HEIGHT,
    WIDTH,
    Array,
    sample,
)
from scipy import ndimage

PATH_NODES = 25
MIDDLE = PATH_NODES // 2


def trace_paths(angle: Array, starts: Array, lengths: Array) -> Array:
    """Follows an angle field in both directions from each start; returns one row of nodes each."""
    paths = np.repeat(starts[:, None], PATH_NODES, axis=1)
    for direction in (-1, 1):
        step = direction * lengths / (PATH_NODES - 1)
        for node in range(MIDDLE, MIDDLE + direction * MIDDLE, direction):
            heading = np.exp(1j * sample(angle, paths[:, node]))
            paths[:, node + direction] = paths[:, node] + step * heading
    return paths


def ribbon(path: Array, half_width: float) -> tuple[Array, Array, Array, Array, float]:
    """Covers a thick curve with samples: pixel index, inside mask, along, across and length."""
    distance = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(path)))])
    # One and a half samples per pixel in each direction cover every pixel at any angle.
    along = np.linspace(0, distance[-1], int(distance[-1] * 1.5) + 2)
    across = np.linspace(-1, 1, int(half_width * 3) + 3)[:, None]
    center = np.interp(along, distance, path)
    tangent = ndimage.gaussian_filter1d(np.gradient(center), 4)
    points = center + 1j * tangent / np.abs(tangent) * across * half_width
    columns, rows = np.rint(points.real).astype(int), np.rint(points.imag).astype(int)
    inside = (columns >= 0) & (columns < WIDTH) & (rows >= 0) & (rows < HEIGHT)
    return rows * WIDTH + columns, inside, along, across, float(distance[-1])
