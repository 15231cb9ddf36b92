"""Leaded panes of jewel-colored glass.

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
    scattered_points,
    smooth_noise,
    streak_noise,
)
from scipy import ndimage
from scipy.spatial import Delaunay, cKDTree


def color_panes(generator: Generator, points: Array, choices: list[Array]) -> Array:
    """Picks each pane's color among its choices, as unlike its colored neighbors as possible."""
    starts, neighbors = Delaunay(points).vertex_neighbor_vertices
    # Panes without a color yet have a value too far off to matter.
    chosen = np.full((len(points), 3), 9.0)
    for pane in generator.permutation(len(points)):
        around = chosen[neighbors[starts[pane] : starts[pane + 1]]]
        gaps = np.linalg.norm(choices[pane][:, None] - around, axis=2).clip(max=0.5).min(axis=1)
        chosen[pane] = choices[pane][np.argmax(gaps + generator.uniform(0, 0.5, len(gaps)))]
    return chosen


def paint_stained_glass() -> Array:
    """Paints a leaded window: a sun of amber panes in a sky of jewel colors above water."""
    generator = np.random.default_rng(1145)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    place, sun = x + 1j * y, 1180 + 520j
    # The panes of the sun turn by the golden angle, like the seeds of a sunflower.
    seeds = sun + 74 * np.sqrt(np.arange(38)) * np.exp(2.39996j * np.arange(38))
    outside = np.concatenate([scattered_points(generator, spacing) for spacing in (175, 250)])
    points = np.concatenate([seeds, outside[np.abs(outside - sun) > 520]])
    sky = palette("17359a", "2a6fc4", "53b4d6", "4a2a8c", "8b2f86", "b0122c", "122468")
    water = palette("0c6b55", "1fa07a", "14808f", "5cc7b4", "17359a", "e9e08a", "a9d27c")
    flame = palette("d9301f", "ee6a1a", "b0122c", "f2a01f", "4a2a8c", "17359a")
    families = [
        palette("ffe9a0", "fbd05a", "fff3c4"),
        palette("f9b826", "f08a1c", "ffd964"),
        flame[:4],
        flame,
        sky,
        water,
    ]
    zones = np.searchsorted([130, 265, 400, 500], np.abs(points - sun))
    zones[(zones == 4) & (points.imag > 1010 + 90 * np.sin(points.real / 250))] = 5
    corners = np.stack([points.real, points.imag], axis=-1)
    colors = color_panes(generator, corners, [families[zone] for zone in zones])
    bent = [axis + 18 * smooth_noise(generator, 210) for axis in (x, y)]
    distances, nearest = cKDTree(corners).query(np.stack(bent, axis=-1), k=3)
    pane = nearest[..., 0]
    border = ndimage.maximum_filter(pane, 2) != ndimage.minimum_filter(pane, 2)
    from_lead = ndimage.gaussian_filter(ndimage.distance_transform_edt(~border), 1.5)
    # Solder swells the lead where three panes meet.
    lead_width = 10 + 0.8 * smooth_noise(generator, 60)
    lead_width += 9 * np.exp(-(((distances[..., 2] - distances[..., 0]) / 26) ** 2))
    turn = np.exp(-1j * generator.uniform(0, np.pi, len(points)))
    turned = place * turn[pane] + (331 + 173j) * pane
    grid = [turned.imag + 9 * smooth_noise(generator, 90), turned.real]
    fine, broad = (
        ndimage.map_coordinates(
            streak_noise(generator, (1024, 1024), widths), grid, order=1, mode="grid-wrap"
        )
        for widths in [(2.2, 80), (14, 170)]
    )
    bubbles = relief(16 * (smooth_noise(generator, 11) - 2.3).clip(0), 0.7)
    ripple = relief(3 * smooth_noise(generator, 26) + 0.8 * fine, 0.9)
    light = 1.02 + 0.1 * smooth_noise(generator, 260) + 0.07 * fine + 0.1 * broad + 0.13 * ripple
    light += 0.22 * np.exp(-np.abs(place - sun) / 420) + 0.3 * bubbles
    light *= generator.uniform(0.84, 1.12, len(points))[pane]
    # Dirt gathers along the lead, so that the middle of each pane glows.
    light *= 1 - 0.4 * np.exp(-np.clip(from_lead - lead_width, 0, None) / 11)
    glass = colors[pane]
    milky = glass[..., [1, 2, 0]] * 0.3 + glass * 0.5 + 0.3
    glass += (milky - glass) * np.clip(0.22 * broad + 0.14 * fine + 0.1, 0, 0.75)[..., None]
    glass = glass * light[..., None] + 0.16 * ripple.clip(0)[..., None] ** 3
    dome = np.clip(1 - (from_lead / lead_width) ** 2, 0, 1) * lead_width
    shine = relief(ndimage.gaussian_filter(dome, 1.5) + 0.6 * smooth_noise(generator, 12), 0.8)
    metal = (0.11 + 0.07 * shine + 0.38 * shine.clip(0) ** 2)[..., None] * [0.96, 1.0, 1.18]
    return glass + (metal - glass) * np.clip((lead_width - from_lead) / 2, 0, 1)[..., None]
