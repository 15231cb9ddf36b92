"""Paint the three style images of the examples from nothing but seeded random numbers.

``brush_strokes.jpg`` has thick oil strokes along a swirling flow, ``stained_glass.jpg`` leaded
jewel-coloured panes, and ``woodcut.jpg`` is a colour print carved with a gouge. Points are complex
numbers: x is the real part and y, downwards, the imaginary one. Run from the repository root::

    python tools/paint_styles.py --output examples/images
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.spatial import Delaunay, cKDTree

Array = np.ndarray
Generator = np.random.Generator
OUTPUT_SIZE = (900, 720)
# Everything is drawn at twice the final size, so that shrinking it smooths every edge.
WIDTH, HEIGHT = 2 * OUTPUT_SIZE[0], 2 * OUTPUT_SIZE[1]
PATH_NODES = 25
MIDDLE = PATH_NODES // 2


def palette(*codes: str) -> Array:
    """Turn hexadecimal colour codes into an array of RGB rows between 0 and 1."""
    return np.array([list(bytes.fromhex(code)) for code in codes]) / 255.0


def smooth_noise(generator: Generator, scale: float) -> Array:
    """Return full-size smooth noise of mean 0 and deviation 1; blobs are ``scale`` wide."""
    coarse = generator.standard_normal((int(HEIGHT / scale) + 4, int(WIDTH / scale) + 4))
    noise = ndimage.map_coordinates(coarse, np.mgrid[0:HEIGHT, 0:WIDTH] / scale + 1, order=3)
    return (noise - noise.mean()) / noise.std()


def streak_noise(generator: Generator, shape: tuple[int, int], widths: tuple[float, int]) -> Array:
    """Return tileable noise of deviation 1, blurred by different widths down and across."""
    noise = ndimage.gaussian_filter(generator.standard_normal(shape), widths, mode="wrap")
    return noise / noise.std()


def sample(field: Array, points: Array) -> Array:
    """Read a field at some points, holding the border value outside the picture."""
    rows, columns = points.imag.clip(0, HEIGHT - 1), points.real.clip(0, WIDTH - 1)
    return field[rows.astype(int), columns.astype(int)]


def relief(height: Array, strength: float) -> Array:
    """Light a height map from the upper left; return brightness between -1 and 1."""
    return np.tanh(strength * np.tensordot((0.8, 0.6), np.gradient(height), axes=1))


def scattered_points(generator: Generator, spacing: float) -> Array:
    """Return points on a jittered grid a little larger than the picture, in random order."""
    y, x = np.ogrid[-spacing : HEIGHT + spacing : spacing, -spacing : WIDTH + spacing : spacing]
    points = (x + 1j * y).ravel()
    shift = generator.uniform(-0.5, 0.5, (2, len(points))) * spacing
    return generator.permutation(points + shift[0] + 1j * shift[1])


def trace_paths(angle: Array, starts: Array, lengths: Array) -> Array:
    """Follow an angle field both ways from each start; return one row of nodes for each."""
    paths = np.repeat(starts[:, None], PATH_NODES, axis=1)
    for direction in (-1, 1):
        step = direction * lengths / (PATH_NODES - 1)
        for node in range(MIDDLE, MIDDLE + direction * MIDDLE, direction):
            heading = np.exp(1j * sample(angle, paths[:, node]))
            paths[:, node + direction] = paths[:, node] + step * heading
    return paths


def ribbon(path: Array, half_width: float) -> tuple[Array, Array, Array, Array, float]:
    """Cover a thick curve with samples: pixel index, inside mask, along, across and length."""
    distance = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(path)))])
    # One and a half samples per pixel each way leave no pixel out, whatever the direction.
    along = np.linspace(0, distance[-1], int(distance[-1] * 1.5) + 2)
    across = np.linspace(-1, 1, int(half_width * 3) + 3)[:, None]
    centre = np.interp(along, distance, path)
    tangent = ndimage.gaussian_filter1d(np.gradient(centre), 4)
    points = centre + 1j * tangent / np.abs(tangent) * across * half_width
    columns, rows = np.rint(points.real).astype(int), np.rint(points.imag).astype(int)
    inside = (columns >= 0) & (columns < WIDTH) & (rows >= 0) & (rows < HEIGHT)
    return rows * WIDTH + columns, inside, along, across, float(distance[-1])


def brush(generator: Generator, paint: Array, height: Array, bristles: Array, path: Array,
          half_width: float, colours: Array) -> None:
    """Lay one loaded brush stroke: two half-mixed colours, bristle grooves, ragged ends."""
    index, inside, along, across, length = ribbon(path, half_width)
    row, column = generator.integers(np.subtract(bristles.shape, index.shape))
    hair = bristles[row : row + index.shape[0], column : column + index.shape[1]]
    bulge = np.sqrt(np.clip(1 - across**2, 0, 1))
    from_start = along + half_width * (0.9 * bulge - 0.9 + 0.15 * hair)
    to_end = length - along + half_width * (0.9 * bulge - 0.9 + 0.9 * hair)
    from_side = (1 - np.abs(across)) * half_width + 0.8 * hair
    opacity = np.clip(np.minimum(np.minimum(from_start, to_end), from_side) / 1.5, 0, 1)
    # Bristles run dry one by one towards the end of the stroke and leave a ridge there.
    opacity = opacity * np.clip(3.5 + 1.6 * hair - 2.5 * (along / length) ** 3, 0, 1)
    body = bulge**0.5 + 0.6 * across**4 + 0.42 * hair + 0.5 * (along / length) ** 6
    pixels, opacity, hair = index[inside], opacity[inside][:, None], hair[inside][:, None]
    colour = colours[0] + (colours[1] - colours[0]) * np.clip(0.42 + 0.5 * hair, 0, 1)
    paint[pixels] += (colour * (1 + 0.09 * hair) - paint[pixels]) * opacity
    height[pixels] += (body[inside][:, None] * half_width**0.5 - 0.65 * height[pixels]) * opacity


def paint_brush_strokes() -> Array:
    """Paint a swirling night of luminous orbs over rolling water in thick oil."""
    generator = np.random.default_rng(1889)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    water = np.clip((y - 1130 - 70 * np.sin(x / 260 + 0.6) - 30 * np.sin(x / 117)) / 40, 0, 1)
    drift = 0.55 * np.sin(x / 210 + y / 330) + 0.35 * smooth_noise(generator, 420)
    flow = 1 + 1j * (drift * (1 - water) + water * 0.5 * np.cos(x / 150 + y / 60))
    warmth = np.zeros_like(x)
    # Centre, radius, spin and glow: whirls spiral inwards, glowing orbs are closed rings.
    for centre, radius, spin, glow in [
            (1240 + 470j, 260, 3.2, 0), (590 + 760j, 190, -3, 0), (1560 + 900j, 130, 2.6, 0),
            (380 + 310j, 150, 4.5, 1), (1010 + 900j, 70, 4, 0.8), (830 + 200j, 62, -4, 0.85),
            (1610 + 190j, 80, 4, 0.9), (120 + 780j, 66, 4, 0.8), (1300 + 480j, 52, 3, 0.6)]:
        offset = (x + 1j * y - centre) / radius
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
        # Averaging the blotches along a longer path gives colour bands that follow the flow.
        bands = sample(blotches, trace_paths(angle, starts, 5 * lengths)).mean(axis=1)
        tones = 0.43 + 0.28 * bands / bands.std() + generator.normal(0, 0.09, len(starts))
        for number, path in enumerate(trace_paths(angle, starts, lengths)):
            colours, tone = sea if is_water[number] else night, tones[number]
            if heat[number] + generator.normal(0, 0.06) > 0.22:
                colours, tone = fire, heat[number] + generator.normal(0, 0.1)
            mixture = np.clip([tone, tone + generator.normal(0.05, 0.15)], 0, 1)
            pair = colours[np.rint(mixture * (len(colours) - 1)).astype(int)]
            if generator.random() < 0.02 and half_width < 15:
                pair = fire[generator.integers(3, len(fire), size=2)]
            breadth = half_width * generator.uniform(0.75, 1.2)
            brush(generator, paint, height, bristles, path, breadth, pair)
    light = relief(ndimage.gaussian_filter(height.reshape(HEIGHT, WIDTH), 0.9), 1.0)[..., None]
    return paint.reshape(HEIGHT, WIDTH, 3) * (1 + 0.42 * light) + 0.1 * light.clip(0) ** 2


def colour_panes(generator: Generator, points: Array, choices: list[Array]) -> Array:
    """Pick each pane's colour among its choices, as unlike its coloured neighbours as possible."""
    starts, neighbours = Delaunay(points).vertex_neighbor_vertices
    # Panes without a colour yet are placed too far off to weigh in.
    chosen = np.full((len(points), 3), 9.0)
    for pane in generator.permutation(len(points)):
        around = chosen[neighbours[starts[pane] : starts[pane + 1]]]
        gaps = np.linalg.norm(choices[pane][:, None] - around, axis=2).clip(max=0.5).min(axis=1)
        chosen[pane] = choices[pane][np.argmax(gaps + generator.uniform(0, 0.5, len(gaps)))]
    return chosen


def paint_stained_glass() -> Array:
    """Paint a leaded window: a sun of amber panes in a sky of jewel colours above water."""
    generator = np.random.default_rng(1145)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    place, sun = x + 1j * y, 1180 + 520j
    # Like the seeds of a sunflower, the panes of the sun turn by the golden angle.
    seeds = sun + 74 * np.sqrt(np.arange(38)) * np.exp(2.39996j * np.arange(38))
    outside = np.concatenate([scattered_points(generator, spacing) for spacing in (175, 250)])
    points = np.concatenate([seeds, outside[np.abs(outside - sun) > 520]])
    sky = palette("17359a", "2a6fc4", "53b4d6", "4a2a8c", "8b2f86", "b0122c", "122468")
    water = palette("0c6b55", "1fa07a", "14808f", "5cc7b4", "17359a", "e9e08a", "a9d27c")
    flame = palette("d9301f", "ee6a1a", "b0122c", "f2a01f", "4a2a8c", "17359a")
    families = [palette("ffe9a0", "fbd05a", "fff3c4"), palette("f9b826", "f08a1c", "ffd964"),
                flame[:4], flame, sky, water]
    zones = np.searchsorted([130, 265, 400, 500], np.abs(points - sun))
    zones[(zones == 4) & (points.imag > 1010 + 90 * np.sin(points.real / 250))] = 5
    corners = np.stack([points.real, points.imag], axis=-1)
    colours = colour_panes(generator, corners, [families[zone] for zone in zones])
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
        ndimage.map_coordinates(streak_noise(generator, (1024, 1024), widths), grid, order=1,
                                mode="grid-wrap") for widths in [(2.2, 80), (14, 170)])
    bubbles = relief(16 * (smooth_noise(generator, 11) - 2.3).clip(0), 0.7)
    ripple = relief(3 * smooth_noise(generator, 26) + 0.8 * fine, 0.9)
    light = 1.02 + 0.1 * smooth_noise(generator, 260) + 0.07 * fine + 0.1 * broad + 0.13 * ripple
    light += 0.22 * np.exp(-np.abs(place - sun) / 420) + 0.3 * bubbles
    light *= generator.uniform(0.84, 1.12, len(points))[pane]
    # Dirt gathers along the lead, so that the middle of each pane glows.
    light *= 1 - 0.4 * np.exp(-np.clip(from_lead - lead_width, 0, None) / 11)
    glass = colours[pane]
    milky = glass[..., [1, 2, 0]] * 0.3 + glass * 0.5 + 0.3
    glass += (milky - glass) * np.clip(0.22 * broad + 0.14 * fine + 0.1, 0, 0.75)[..., None]
    glass = glass * light[..., None] + 0.16 * ripple.clip(0)[..., None] ** 3
    dome = np.clip(1 - (from_lead / lead_width) ** 2, 0, 1) * lead_width
    shine = relief(ndimage.gaussian_filter(dome, 1.5) + 0.6 * smooth_noise(generator, 12), 0.8)
    metal = (0.11 + 0.07 * shine + 0.38 * shine.clip(0) ** 2)[..., None] * [0.96, 1.0, 1.18]
    return glass + (metal - glass) * np.clip((lead_width - from_lead) / 2, 0, 1)[..., None]


def carve_lines(generator: Generator, angle: Array, tone: Array, region: Array) -> Array:
    """Cut evenly packed tapered gouge marks along an angle field; broader where tone is high."""
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
    """Print a woodcut in red, ochre, teal and black: a low sun, ridges, water and furrows."""
    generator = np.random.default_rng(1831)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    cream, ochre, orange, red, crimson, teal, black = palette(
        "f3e4c2", "e9b04e", "e0742c", "c8321f", "8f1d1d", "3f8a86", "1c1416")
    from_sun = x - 640 + 1j * (y - 430)
    distance, heading = np.abs(from_sun), np.angle(from_sun)
    wobble = smooth_noise(generator, 150)
    region, angle = np.zeros_like(x), heading + 0.35 * smooth_noise(generator, 330)
    tone = 0.46 + 0.44 * np.exp(-(((distance - 185) / 480) ** 2)) + 0.12 * wobble
    rings = np.rint((distance + 26 * wobble - 185).clip(0) / 180).clip(max=3).astype(int)
    colour = np.array([cream, ochre, orange, red])[rings]

    def lay(mask: Array, label: int, direction: Array, breadth: Array | float, tint: Array) -> None:
        """Cover part of the scene with its own carving direction, line breadth and colour."""
        for field, value in [(region, label), (angle, direction), (tone, breadth), (colour, tint)]:
            field[mask] = np.broadcast_to(value, field.shape)[mask]

    lay(distance < 185, 1, heading + np.pi / 2, 0.9, cream)
    for base, rise, period, phase, lit_colour, shaded_colour in [
            (850, 300, 330, 1.1, cream, teal), (960, 210, 215, 0.2, ochre, red),
            (1035, 120, 300, 2.3, cream, crimson)]:
        turn = (x + 34 * smooth_noise(generator, 90)) / period + phase
        ridge = y > base - rise * (1 - np.abs(np.sin(turn)) ** 0.85)
        bend = 0.22 * wobble + 0.001 * (y - base)
        lay(ridge, base, 2.05 + bend, 0.62 + 0.07 * wobble, shaded_colour)
        lay(ridge & (np.sin(2 * turn) > 0), base + 1, 0.8 + bend, 0.86, lit_colour)
    mirror = np.exp(-((from_sun.real / (120 + 0.5 * np.maximum(y - 1000, 0))) ** 2))
    reflection = np.where((mirror + 0.1 * wobble > 0.45)[..., None], ochre, teal)
    lay(y > 1010 + 10 * np.sin(x / 90), 30, 0.28 * np.cos(x / 70 + y / 23) + 0.1 * wobble,
        0.64 + 0.26 * mirror + 0.1 * wobble, reflection)
    furrow = np.arctan2(y - 1000, x - 1500)
    lay(y > 1240 - 150 * np.sin(x / 620 + 3.6) - 0.03 * x, 31, furrow + 0.1 * wobble,
        0.74 + 0.14 * wobble, np.where((np.sin(34 * furrow) > 0)[..., None], orange, cream))
    carved = carve_lines(generator, angle, tone, region)
    grain = streak_noise(generator, (HEIGHT, WIDTH), (2.2, 60)) + 0.7 * smooth_noise(generator, 7)
    # The colour block is printed slightly out of register and bares some paper.
    tint = ndimage.shift(colour, (5, -4, 0), order=0, mode="nearest")
    printed = cream + (tint - cream) * np.clip(0.93 + 0.09 * grain, 0.55, 1)[..., None]
    ink = (1 - ndimage.gaussian_filter(carved, 0.8)) * np.clip(1.05 + 0.06 * grain, 0.5, 1)
    return printed + (black - printed) * ink[..., None]


def main() -> None:
    """Read the command line, paint every style image, shrink it and store it as JPEG."""
    default = Path(__file__).resolve().parents[1] / "examples" / "images"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=default, help="folder of the images")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for painter in (paint_brush_strokes, paint_stained_glass, paint_woodcut):
        pixels = (np.clip(painter(), 0, 1) * 255).astype(np.uint8)
        picture = Image.fromarray(pixels).resize(OUTPUT_SIZE, Image.Resampling.LANCZOS)
        picture.save(folder / f"{painter.__name__.removeprefix('paint_')}.jpg", quality=90)


if __name__ == "__main__":
    main()
