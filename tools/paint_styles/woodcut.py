"""A color print carved with a gouge.

Points are complex numbers: x is the real part and y, downwards, the imaginary one.
"""

import numpy as np
from canvas import (
    HEIGHT,
    WIDTH,
    Array,
    Generator,
    palette,
    sample,
    scattered_points,
    smooth_noise,
    streak_noise,
)
from paths import MIDDLE, PATH_NODES, ribbon, trace_paths
from scipy import ndimage


def carve_lines(generator: Generator, angle: Array, tone: Array, region: Array) -> Array:
    """Cuts evenly packed tapered gouge marks along an angle field, broader where tone is high."""
    carved, taken = np.zeros((HEIGHT, WIDTH)), np.zeros((HEIGHT, WIDTH), dtype=bool)
    # A narrower gouge fills the gaps that the broad one leaves.
    for pitch in (17, 10):
        starts = scattered_points(generator, 0.6 * pitch)
        for path in trace_paths(angle, starts, pitch * generator.uniform(9, 26, len(starts))):
            labels = sample(region, path)
            blocked = np.flatnonzero(sample(taken, path) | (labels != labels[MIDDLE]))
            first = blocked[blocked <= MIDDLE].max(initial=-1) + 1
            last = blocked[blocked >= MIDDLE].min(initial=PATH_NODES)
            if last - first < 5:
                continue
            index, inside, along, across, length = ribbon(path[first:last], 0.8 * pitch)
            taken.ravel()[index[inside]] = True
            width = 0.5 * pitch * np.clip(sample(tone, path[first:last]).mean(), 0.1, 1)
            # The gouge enters slowly, leaves fast, and trembles a little on the way.
            taper = np.clip(np.minimum(along / 3.5, (length - along) / 1.2) / pitch, 0, 1) ** 0.6
            tremble = ndimage.gaussian_filter1d(generator.standard_normal(len(along)), 9) * 2.5
            depth = (width * taper + tremble - np.abs(across) * 0.8 * pitch).clip(0, 1)[inside]
            np.maximum.at(carved.ravel(), index[inside], depth)
    return carved


def paint_woodcut() -> Array:
    """Prints a woodcut in red, ochre, teal and black: a low sun, ridges, water and furrows."""
    generator = np.random.default_rng(1831)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    cream, ochre, orange, red, crimson, teal, black = palette(
        "f3e4c2", "e9b04e", "e0742c", "c8321f", "8f1d1d", "3f8a86", "1c1416"
    )
    from_sun = x - 640 + 1j * (y - 430)
    distance, heading = np.abs(from_sun), np.angle(from_sun)
    wobble = smooth_noise(generator, 150)
    region, angle = np.zeros_like(x), heading + 0.35 * smooth_noise(generator, 330)
    tone = 0.46 + 0.44 * np.exp(-(((distance - 185) / 480) ** 2)) + 0.12 * wobble
    rings = np.rint((distance + 26 * wobble - 185).clip(0) / 180).clip(max=3).astype(int)
    color = np.array([cream, ochre, orange, red])[rings]

    def lay(mask: Array, label: int, direction: Array, breadth: Array | float, tint: Array) -> None:
        """Gives part of the scene its own carving direction, line breadth and color."""
        for field, value in [(region, label), (angle, direction), (tone, breadth), (color, tint)]:
            field[mask] = np.broadcast_to(value, field.shape)[mask]

    lay(distance < 185, 1, heading + np.pi / 2, 0.9, cream)
    for base, rise, period, phase, lit_color, shaded_color in [
        (850, 300, 330, 1.1, cream, teal),
        (960, 210, 215, 0.2, ochre, red),
        (1035, 120, 300, 2.3, cream, crimson),
    ]:
        turn = (x + 34 * smooth_noise(generator, 90)) / period + phase
        ridge = y > base - rise * (1 - np.abs(np.sin(turn)) ** 0.85)
        bend = 0.22 * wobble + 0.001 * (y - base)
        lay(ridge, base, 2.05 + bend, 0.62 + 0.07 * wobble, shaded_color)
        lay(ridge & (np.sin(2 * turn) > 0), base + 1, 0.8 + bend, 0.86, lit_color)
    mirror = np.exp(-((from_sun.real / (120 + 0.5 * np.maximum(y - 1000, 0))) ** 2))
    reflection = np.where((mirror + 0.1 * wobble > 0.45)[..., None], ochre, teal)
    lay(
        y > 1010 + 10 * np.sin(x / 90),
        30,
        0.28 * np.cos(x / 70 + y / 23) + 0.1 * wobble,
        0.64 + 0.26 * mirror + 0.1 * wobble,
        reflection,
    )
    furrow = np.arctan2(y - 1000, x - 1500)
    lay(
        y > 1240 - 150 * np.sin(x / 620 + 3.6) - 0.03 * x,
        31,
        furrow + 0.1 * wobble,
        0.74 + 0.14 * wobble,
        np.where((np.sin(34 * furrow) > 0)[..., None], orange, cream),
    )
    carved = carve_lines(generator, angle, tone, region)
    grain = streak_noise(generator, (HEIGHT, WIDTH), (2.2, 60)) + 0.7 * smooth_noise(generator, 7)
    # The color block is printed slightly out of register and bares some paper.
    tint = ndimage.shift(color, (5, -4, 0), order=0, mode="nearest")
    printed = cream + (tint - cream) * np.clip(0.93 + 0.09 * grain, 0.55, 1)[..., None]
    ink = (1 - ndimage.gaussian_filter(carved, 0.8)) * np.clip(1.05 + 0.06 * grain, 0.5, 1)
    return printed + (black - printed) * ink[..., None]
