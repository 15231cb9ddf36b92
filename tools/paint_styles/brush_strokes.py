"""Thick oil strokes along a swirling flow.

Points are complex numbers: x is the real part and y, downwards, the imaginary one.
"""

import numpy as np
from canvas import (
    HEIGHT,
    WIDTH,
    Array,
    Generator,
    palette,
    relief,
    sample,
    scattered_points,
    smooth_noise,
    streak_noise,
)
from paths import ribbon, trace_paths
from scipy import ndimage


def brush(
    generator: Generator,
    paint: Array,
    height: Array,
    bristles: Array,
    path: Array,
    half_width: float,
    colors: Array,
) -> None:
    """Paints one stroke of a loaded brush: two half-mixed colors, bristle marks, ragged ends."""
    index, inside, along, across, length = ribbon(path, half_width)
    row, column = generator.integers(np.subtract(bristles.shape, index.shape))
    hair = bristles[row : row + index.shape[0], column : column + index.shape[1]]
    bulge = np.sqrt(np.clip(1 - across**2, 0, 1))
    from_start = along + half_width * (0.9 * bulge - 0.9 + 0.15 * hair)
    to_end = length - along + half_width * (0.9 * bulge - 0.9 + 0.9 * hair)
    from_side = (1 - np.abs(across)) * half_width + 0.8 * hair
    opacity = np.clip(np.minimum(np.minimum(from_start, to_end), from_side) / 1.5, 0, 1)
    # Bristles run dry one by one toward the end of the stroke and leave a ridge there.
    opacity = opacity * np.clip(3.5 + 1.6 * hair - 2.5 * (along / length) ** 3, 0, 1)
    body = bulge**0.5 + 0.6 * across**4 + 0.42 * hair + 0.5 * (along / length) ** 6
    pixels, opacity, hair = index[inside], opacity[inside][:, None], hair[inside][:, None]
    color = colors[0] + (colors[1] - colors[0]) * np.clip(0.42 + 0.5 * hair, 0, 1)
    paint[pixels] += (color * (1 + 0.09 * hair) - paint[pixels]) * opacity
    height[pixels] += (body[inside][:, None] * half_width**0.5 - 0.65 * height[pixels]) * opacity


def paint_brush_strokes() -> Array:
    """Paints a swirling night of luminous orbs over rolling water in thick oil."""
    generator = np.random.default_rng(1889)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    water = np.clip((y - 1130 - 70 * np.sin(x / 260 + 0.6) - 30 * np.sin(x / 117)) / 40, 0, 1)
    drift = 0.55 * np.sin(x / 210 + y / 330) + 0.35 * smooth_noise(generator, 420)
    flow = 1 + 1j * (drift * (1 - water) + water * 0.5 * np.cos(x / 150 + y / 60))
    warmth = np.zeros_like(x)
    # Center, radius, spin and glow: whirls spiral inward, glowing orbs are closed rings.
    for center, radius, spin, glow in [
        (1240 + 470j, 260, 3.2, 0),
        (590 + 760j, 190, -3, 0),
        (1560 + 900j, 130, 2.6, 0),
        (380 + 310j, 150, 4.5, 1),
        (1010 + 900j, 70, 4, 0.8),
        (830 + 200j, 62, -4, 0.85),
        (1610 + 190j, 80, 4, 0.9),
        (120 + 780j, 66, 4, 0.8),
        (1300 + 480j, 52, 3, 0.6),
    ]:
        offset = (x + 1j * y - center) / radius
        distance = np.abs(offset) + 1e-6
        inward = 0.0 if glow else 0.32 * np.sign(spin)
        flow += spin * np.exp(-((distance / 1.35) ** 4)) * offset / distance * (1j - inward)
        warmth = np.maximum(warmth, glow * np.exp(-((distance / 1.05) ** 2)))
    angle = np.angle(flow)
    blotches = smooth_noise(generator, 46) + 0.6 * smooth_noise(generator, 170)
    night = palette("0a1238", "13246b", "1f4a9e", "2f77b5", "3fa3ab", "9fd0bd", "f2ecc8")
    sea = palette("07142e", "0d3350", "12606f", "2f9b98", "8fcab0", "f4e6b0")
    fire = palette("2f77b5", "7dbfae", "f1edc6", "f7e07a", "f5b52e", "e8781c", "c9471a")
    bristles = streak_noise(generator, (260, 1400), (1.7, 40))
    paint, height = np.tile(night[1], (HEIGHT * WIDTH, 1)), np.zeros((HEIGHT * WIDTH, 1))
    for half_width, length, spacing in [(26, 230, 60), (17, 170, 42), (11, 125, 29), (7, 95, 25)]:
        starts = scattered_points(generator, spacing)
        heat, is_water = sample(warmth, starts), sample(water, starts) > 0.5
        lengths = length * generator.uniform(0.6, 1.3, len(starts)) * (1 - 0.5 * heat)
        # Averaging the blotches along a longer path gives color bands that follow the flow.
        bands = sample(blotches, trace_paths(angle, starts, 5 * lengths)).mean(axis=1)
        tones = 0.43 + 0.28 * bands / bands.std() + generator.normal(0, 0.09, len(starts))
        for number, path in enumerate(trace_paths(angle, starts, lengths)):
            colors, tone = sea if is_water[number] else night, tones[number]
            if heat[number] + generator.normal(0, 0.06) > 0.22:
                colors, tone = fire, heat[number] + generator.normal(0, 0.1)
            mixture = np.clip([tone, tone + generator.normal(0.05, 0.15)], 0, 1)
            pair = colors[np.rint(mixture * (len(colors) - 1)).astype(int)]
            if generator.random() < 0.02 and half_width < 15:
                pair = fire[generator.integers(3, len(fire), size=2)]
            breadth = half_width * generator.uniform(0.75, 1.2)
            brush(generator, paint, height, bristles, path, breadth, pair)
    light = relief(ndimage.gaussian_filter(height.reshape(HEIGHT, WIDTH), 0.9), 1.0)[..., None]
    return paint.reshape(HEIGHT, WIDTH, 3) * (1 + 0.42 * light) + 0.1 * light.clip(0) ** 2
