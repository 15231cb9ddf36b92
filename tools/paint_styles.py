"""Paint the three style images of the examples from nothing but seeded random numbers.

The images are ``brush_strokes.jpg`` (thick oil strokes along a swirling flow),
``stained_glass.jpg`` (leaded jewel-coloured panes) and ``woodcut.jpg`` (a colour print carved
with a gouge). Being computed, they are free of any rights. Run from the repository root::

    python tools/paint_styles.py --output examples/images
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.spatial import Delaunay, cKDTree

Array = np.ndarray
OUTPUT_SIZE = (900, 720)
# Everything is drawn at twice the final size, so that shrinking it smooths every edge.
WIDTH, HEIGHT = 2 * OUTPUT_SIZE[0], 2 * OUTPUT_SIZE[1]
PATH_NODES = 24


def palette(*codes: str) -> Array:
    """Turn hexadecimal colour codes into an array of RGB rows between 0 and 1."""
    return np.array([list(bytes.fromhex(code)) for code in codes]) / 255.0


def ramp(colours: Array, position: Array) -> Array:
    """Look up colours at positions between 0 (first colour) and 1 (last colour)."""
    stops = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(position, stops, channel) for channel in colours.T], axis=-1)


def smooth_noise(generator: np.random.Generator, scale: float, octaves: int = 1) -> Array:
    """Return full-size smooth noise of mean 0 and deviation 1; blobs are ``scale`` wide."""
    total = np.zeros((HEIGHT, WIDTH))
    for octave in range(octaves):
        cell = max(scale / 2**octave, 2.0)
        coarse = generator.standard_normal((int(HEIGHT / cell) + 4, int(WIDTH / cell) + 4))
        rows = np.arange(HEIGHT) / cell + 1
        columns = np.arange(WIDTH) / cell + 1
        grid = np.meshgrid(rows, columns, indexing="ij")
        total += ndimage.map_coordinates(coarse, grid, order=3) / 2**octave
    return (total - total.mean()) / total.std()


def sample(field: Array, points: Array) -> Array:
    """Read a field at (x, y) points, holding the border value outside the picture."""
    columns = np.clip(points[..., 0], 0, WIDTH - 1).astype(int)
    rows = np.clip(points[..., 1], 0, HEIGHT - 1).astype(int)
    return field[rows, columns]


def trace_paths(angle: Array, starts: Array, lengths: Array) -> Array:
    """Follow an angle field both ways from each start; return (path, node, xy) curves."""
    step = (lengths / (PATH_NODES - 1))[:, None]
    halves = []
    for sign in (-1, 1):
        points, nodes = starts.copy(), []
        for _ in range(PATH_NODES // 2):
            heading = sample(angle, points)
            points = points + sign * step * np.stack([np.cos(heading), np.sin(heading)], -1)
            nodes.append(points)
        halves.append(nodes)
    return np.stack(halves[0][::-1] + [starts] + halves[1], axis=1)


def ribbon(path: Array, half_width: float) -> tuple[Array, Array, Array, Array, float]:
    """Cover a thick curve with samples: pixel index, inside mask, along, across and length."""
    segments = np.hypot(*np.diff(path, axis=0).T)
    length = float(segments.sum())
    distance = np.concatenate([[0.0], np.cumsum(segments)])
    along = np.linspace(0, length, int(length * 1.5) + 2)
    across = np.linspace(-1, 1, int(half_width * 3) + 3)[:, None]
    x, y = (np.interp(along, distance, path[:, axis]) for axis in (0, 1))
    heading = np.arctan2(*(ndimage.gaussian_filter1d(np.gradient(v), 4) for v in (y, x)))
    columns = np.rint(x - np.sin(heading) * across * half_width).astype(int)
    rows = np.rint(y + np.cos(heading) * across * half_width).astype(int)
    inside = (columns >= 0) & (columns < WIDTH) & (rows >= 0) & (rows < HEIGHT)
    return rows * WIDTH + columns, inside, along, across, length


def scattered_points(generator: np.random.Generator, spacing: float) -> Array:
    """Return points on a jittered grid a little larger than the picture, in random order."""
    grid = np.mgrid[-spacing : WIDTH + spacing : spacing, -spacing : HEIGHT + spacing : spacing]
    points = grid.reshape(2, -1).T + generator.uniform(-0.5, 0.5, (grid[0].size, 2)) * spacing
    return generator.permutation(points)


def relief(height: Array, strength: float) -> Array:
    """Light a height map from the upper left; return brightness around 0."""
    slope_y, slope_x = np.gradient(height)
    return np.tanh(strength * (0.6 * slope_x + 0.8 * slope_y))


def save(picture: Array, target: Path) -> None:
    """Shrink a picture with values between 0 and 1 to its final size and store it as JPEG."""
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
    image.resize(OUTPUT_SIZE, Image.Resampling.LANCZOS).save(target, quality=90)


def stroke_oil(
    paint: Array, height: Array, bristles: Array, path: Array, half_width: float,
    colours: Array, generator: np.random.Generator,
) -> None:
    """Lay one loaded brush stroke: two half-mixed colours, bristle grooves, ragged ends."""
    index, inside, along, across, length = ribbon(path, half_width)
    first_row = generator.integers(bristles.shape[0] - index.shape[0])
    first_column = generator.integers(bristles.shape[1] - index.shape[1])
    hair = bristles[first_row : first_row + index.shape[0],
                    first_column : first_column + index.shape[1]]
    bulge = np.sqrt(np.clip(1 - across**2, 0, 1))
    from_start = along + half_width * (0.9 * bulge - 0.9 + 0.15 * hair)
    to_end = length - along + half_width * (0.9 * bulge - 0.9 + 0.9 * hair)
    from_side = (1 - np.abs(across)) * half_width + 0.8 * hair
    # Bristles run dry one by one towards the end of the stroke.
    loaded = 2.2 + hair - 1.6 * (along / length) ** 3
    opacity = np.clip(np.minimum.reduce([from_start, to_end, from_side]) / 1.5, 0, 1)
    opacity = (opacity * np.clip(loaded * 1.6, 0, 1))[inside][:, None]
    streak = hair[inside][:, None]
    mix = np.clip(0.42 + 0.5 * streak, 0, 1)
    colour = (colours[0] + (colours[1] - colours[0]) * mix) * (1 + 0.09 * streak)
    body = bulge**0.5 + 0.6 * across**4 + 0.42 * hair + 0.5 * (along / length) ** 6
    thickness = (body * half_width**0.5)[inside][:, None]
    pixels = index[inside]
    paint[pixels] += (colour - paint[pixels]) * opacity
    height[pixels] += (0.35 * height[pixels] + thickness - height[pixels]) * opacity


def paint_brush_strokes(target: Path) -> None:
    """Paint a swirling night of luminous orbs over rolling water in thick oil."""
    generator = np.random.default_rng(1889)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    swell = 70 * np.sin(x / 260 + 0.6) + 30 * np.sin(x / 117)
    water = np.clip((y - 1130 - swell) / 40, 0, 1)
    flow_x = np.ones_like(x)
    flow_y = 0.55 * np.sin(x / 210 + y / 330) + 0.35 * smooth_noise(generator, 420)
    flow_y = flow_y * (1 - water) + water * (0.5 * np.cos(x / 150 + y / 60))
    warmth = np.zeros_like(x)
    whirls = [(1240, 470, 260, 3.2, 0), (590, 760, 190, -3.0, 0), (1560, 900, 130, 2.6, 0),
              (380, 310, 150, 4.5, 1), (1010, 900, 70, 4, 0.8), (830, 200, 62, -4, 0.85),
              (1610, 190, 80, 4, 0.9), (120, 780, 66, 4, 0.8), (1300, 480, 52, 3, 0.6)]
    for centre_x, centre_y, radius, spin, glow in whirls:
        offset_x, offset_y = (x - centre_x) / radius, (y - centre_y) / radius
        distance = np.hypot(offset_x, offset_y) + 1e-6
        push = spin * np.exp(-((distance / 1.35) ** 4)) / distance
        # Real whirls spiral inwards; orbs are drawn as closed rings.
        inward = 0.0 if glow else 0.32
        flow_x += push * (-offset_y - inward * offset_x * np.sign(spin))
        flow_y += push * (offset_x - inward * offset_y * np.sign(spin))
        warmth = np.maximum(warmth, glow * np.exp(-((distance / 1.05) ** 2)))
    angle = np.arctan2(flow_y, flow_x)
    blotches = smooth_noise(generator, 46) + 0.6 * smooth_noise(generator, 170)
    night = palette("0a1238", "13246b", "1f4a9e", "2f77b5", "3fa3ab", "9fd0bd", "f2ecc8")
    sea = palette("07142e", "0d3350", "12606f", "2f9b98", "8fcab0", "f4e6b0")
    glowing = palette("2f77b5", "7dbfae", "f1edc6", "f7e07a", "f5b52e", "e8781c", "c9471a")
    accents = palette("f4b23c", "e8862b", "c8532a", "f6e08a")
    bristles = ndimage.gaussian_filter(generator.standard_normal((260, 1400)), (1.7, 40))
    bristles /= bristles.std()
    paint = np.tile(palette("101c4c"), (HEIGHT * WIDTH, 1))
    height = np.zeros((HEIGHT * WIDTH, 1))
    for half_width, length, spacing in [(26, 230, 60), (17, 170, 42), (11, 125, 29), (7, 95, 25)]:
        starts = scattered_points(generator, spacing)
        lengths = length * generator.uniform(0.6, 1.3, len(starts))
        lengths *= 1 - 0.5 * sample(warmth, starts)
        paths = trace_paths(angle, starts, lengths)
        # Averaging the blotches along a longer path gives colour bands that follow the flow.
        bands = sample(blotches, trace_paths(angle, starts, 5 * lengths)).mean(axis=1)
        bands = 0.43 + 0.28 * bands / bands.std() + generator.normal(0, 0.09, len(starts))
        heat = sample(warmth, starts)
        for number, path in enumerate(paths):
            if heat[number] + generator.normal(0, 0.06) > 0.22:
                colours, tone = glowing, heat[number] + generator.normal(0, 0.1)
            elif sample(water, starts[number]) > 0.5:
                colours, tone = sea, bands[number]
            else:
                colours, tone = night, bands[number]
            pair = ramp(colours, np.array([tone, tone + generator.normal(0.05, 0.15)]))
            if generator.random() < 0.02 and half_width < 15:
                pair = accents[generator.integers(len(accents), size=2)]
            stroke_oil(paint, height, bristles, path, half_width * generator.uniform(0.75, 1.2),
                       pair, generator)
    light = relief(ndimage.gaussian_filter(height.reshape(HEIGHT, WIDTH), 0.9), 1.0)[..., None]
    picture = paint.reshape(HEIGHT, WIDTH, 3)
    save(picture * (1 + 0.42 * light) + 0.10 * np.clip(light, 0, 1) ** 2, target)


def colour_panes(
    generator: np.random.Generator, points: Array, choices: list[Array]
) -> Array:
    """Pick each pane's colour among its choices, as unlike its coloured neighbours as possible."""
    starts, neighbours = Delaunay(points).vertex_neighbor_vertices
    chosen = np.full((len(points), 3), np.nan)
    for pane in generator.permutation(len(points)):
        around = chosen[neighbours[starts[pane] : starts[pane + 1]]]
        around = around[~np.isnan(around[:, 0])]
        contrast = generator.uniform(0, 0.5, len(choices[pane]))
        if len(around):
            gaps = np.linalg.norm(choices[pane][:, None] - around[None], axis=2)
            contrast = contrast + np.minimum(gaps, 0.5).min(axis=1)
        chosen[pane] = choices[pane][np.argmax(contrast)]
    return chosen


def paint_stained_glass(target: Path) -> None:
    """Paint a leaded window: a sun of amber panes in a sky of jewel colours above water."""
    generator = np.random.default_rng(1248)
    sun = np.array([1180.0, 520.0])
    points = [sun[None]]
    for radius, count in [(125, 7), (245, 13), (370, 19)]:
        turn = generator.uniform(0, 6) + np.arange(count) * 2 * np.pi / count
        points.append(sun + radius * np.stack([np.cos(turn), np.sin(turn)], -1))
    for spacing in (175, 250):
        outside = scattered_points(generator, spacing)
        points.append(outside[np.hypot(*(outside - sun).T) > 450])
    points = np.concatenate(points)
    reach = np.hypot(*(points - sun).T)
    shore = 1010 + 90 * np.sin(points[:, 0] / 250)
    gold = palette("ffe9a0", "fbd05a")
    amber = palette("f9b826", "f08a1c", "ffd964")
    flame = palette("d9301f", "ee6a1a", "b0122c", "f2a01f")
    sky = palette("17359a", "2a6fc4", "53b4d6", "4a2a8c", "8b2f86", "b0122c", "122468")
    water = palette("0c6b55", "1fa07a", "14808f", "5cc7b4", "17359a", "e9e08a", "f2a01f")
    choices = [
        gold if r < 60 else amber if r < 190 else flame if r < 310 else
        np.concatenate([flame[:2], sky[[0, 3, 4]]]) if r < 440 else
        water if point[1] > coast else sky
        for r, point, coast in zip(reach, points, shore)
    ]
    colours = colour_panes(generator, points, choices)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    warped = np.stack([x + 22 * smooth_noise(generator, 210), y + 22 * smooth_noise(generator, 210)])
    distances, nearest = cKDTree(points).query(np.moveaxis(warped, 0, -1), k=3)
    pane = nearest[..., 0]
    border = (pane != np.roll(pane, 1, 0)) | (pane != np.roll(pane, 1, 1))
    border[0] = border[:, 0] = False
    from_lead = ndimage.gaussian_filter(ndimage.distance_transform_edt(~border), 1.5)
    # Solder swells the lead where three panes meet.
    lead_width = 10 + 0.8 * smooth_noise(generator, 60)
    lead_width += 9 * np.exp(-(((distances[..., 2] - distances[..., 0]) / 26) ** 2))
    turn = generator.uniform(0, np.pi, len(points))[pane]
    wander = 9 * smooth_noise(generator, 90)
    along = x * np.cos(turn) + y * np.sin(turn) + 331 * pane
    across = y * np.cos(turn) - x * np.sin(turn) + 173 * pane + wander
    streaks = []
    for widths in [(1.7, 60), (4, 110), (14, 170)]:
        texture = ndimage.gaussian_filter(
            generator.standard_normal((1024, 1024)), widths, mode="wrap")
        texture /= texture.std()
        streaks.append(ndimage.map_coordinates(texture, [across, along], order=1, mode="grid-wrap"))
    fine, broad = 0.7 * (streaks[0] + streaks[1]), streaks[2]
    bubbles = np.zeros_like(x)
    for sigma, count in [(2.0, 1500), (3.5, 600), (5.5, 160)]:
        dots = np.zeros_like(x)
        dots[generator.integers(HEIGHT, size=count), generator.integers(WIDTH, size=count)] = 1
        bubbles += ndimage.gaussian_filter(dots, sigma) * sigma**3 * 9
    ripple = relief(3 * smooth_noise(generator, 34, 2) + 0.8 * fine, 0.9)
    tilt = np.cos(turn * 2) * (warped[0] - points[pane, 0])
    tilt += np.sin(turn * 2) * (warped[1] - points[pane, 1])
    light = 1.02 + 0.002 * tilt + 0.10 * smooth_noise(generator, 260) + 0.07 * fine + 0.10 * broad
    light += 0.22 * np.exp(-np.hypot(x - sun[0], y - sun[1]) / 420)
    light += 0.13 * ripple + 0.3 * relief(bubbles, 0.7)
    # Dirt gathers along the lead and the middle of a pane stays clear.
    clear = 1 - np.exp(-np.clip(from_lead - lead_width, 0, None) / 11)
    light *= 0.6 + 0.4 * clear
    glass = colours[pane]
    tinted = glass[..., [1, 2, 0]] * 0.3 + glass * 0.5 + 0.3
    glass = glass + (tinted - glass) * np.clip(0.22 * broad + 0.14 * fine + 0.1, 0, 0.75)[..., None]
    glass = glass * light[..., None] + 0.16 * np.clip(ripple, 0, 1)[..., None] ** 3
    dome = np.clip(1 - (from_lead / lead_width) ** 2, 0, 1) * lead_width
    shine = relief(ndimage.gaussian_filter(dome, 1.5) + 0.6 * smooth_noise(generator, 16, 2), 0.8)
    metal = palette("1b1c24")[0] * (1 + 0.6 * shine[..., None])
    metal = metal + palette("8d93a6")[0] * 0.8 * np.clip(shine, 0, 1)[..., None] ** 2
    opaque = np.clip((lead_width - from_lead) / 2, 0, 1)[..., None]
    save(glass * (1 - opaque) + metal * opaque, target)


def carve_lines(
    generator: np.random.Generator, angle: Array, tone: Array, region: Array, pitch: float
) -> Array:
    """Cut evenly packed tapered gouge marks along an angle field; broader where tone is high."""
    carved = np.zeros(HEIGHT * WIDTH)
    taken = np.zeros(HEIGHT * WIDTH, dtype=bool)
    starts = scattered_points(generator, 0.6 * pitch)
    paths = trace_paths(angle, starts, pitch * generator.uniform(9, 26, len(starts)))
    middle = PATH_NODES // 2
    for path in paths:
        free = ~sample(taken.reshape(HEIGHT, WIDTH), path)
        free &= sample(region, path) == sample(region, path[middle])
        if not free[middle]:
            continue
        blocked = np.flatnonzero(~free)
        first = blocked[blocked < middle].max(initial=-1) + 1
        last = blocked[blocked > middle].min(initial=len(path))
        if last - first < 5:
            continue
        path = path[first:last]
        index, inside, *_ = ribbon(path, 0.82 * pitch)
        taken[index[inside]] = True
        width = 0.5 * pitch * np.clip(sample(tone, path).mean() + generator.normal(0, 0.05), 0.1, 1)
        index, inside, along, across, length = ribbon(path, width + 1)
        # The gouge enters slowly, leaves fast, and trembles a little on the way.
        taper = np.clip(along / (3.5 * pitch), 0, 1) ** 0.7
        taper = taper * np.clip((length - along) / (1.2 * pitch), 0, 1) ** 0.5
        tremble = ndimage.gaussian_filter1d(generator.standard_normal(len(along)), 9) * 2.5
        depth = np.clip(width * taper + tremble - np.abs(across) * (width + 1), 0, 1)
        carved[index[inside]] = np.maximum(carved[index[inside]], depth[inside])
    return carved.reshape(HEIGHT, WIDTH)


def paint_woodcut(target: Path) -> None:
    """Print a red, ochre and black woodcut: rays of a low sun, ridges, water and furrows."""
    generator = np.random.default_rng(1831)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    sun_x, sun_y = 640.0, 430.0
    distance = np.hypot(x - sun_x, y - sun_y)
    wobble = smooth_noise(generator, 150)
    heading = np.arctan2(y - sun_y, x - sun_x)
    region = np.where(distance < 185, 1, 0)
    angle = np.where(region == 1, heading + np.pi / 2, heading + 0.35 * smooth_noise(generator, 330))
    tone = np.where(region == 1, 0.9, 0.46 + 0.44 * np.exp(-(((distance - 185) / 480) ** 2)))
    tone += 0.12 * wobble * (region == 0)
    cream, ochre, orange, red, crimson, teal = palette(
        "f3e4c2", "e9b04e", "e0742c", "c8321f", "8f1d1d", "3f8a86")
    rings = np.clip((distance + 26 * wobble - 185) / 900, 0, 1)
    colour = ramp(np.array([cream, ochre, orange, red, red, red]), np.round(rings * 5) / 5)
    colour[region == 1] = cream
    peaks = [(850, 300, 330, 1.1, cream, teal), (960, 210, 215, 0.2, ochre, red),
             (1035, 120, 300, 2.3, cream, crimson)]
    for number, (base, rise, period, phase, lit_colour, shaded_colour) in enumerate(peaks, 2):
        turn = (x + 34 * smooth_noise(generator, 90)) / period + phase
        inside = y > base - rise * (1 - np.abs(np.sin(turn)) ** 0.85)
        lit = np.sin(2 * turn) > 0
        region[inside] = (number * 10 + lit)[inside]
        angle[inside] = (np.where(lit, 0.8, 2.05) + 0.22 * wobble + 0.001 * (y - base))[inside]
        tone[inside] = (np.where(lit, 0.84, 0.62) + 0.07 * wobble)[inside]
        colour[inside] = np.where(lit[..., None], lit_colour, shaded_colour)[inside]
    lake = y > 1010 + 10 * np.sin(x / 90)
    region[lake] = 60
    angle[lake] = (0.28 * np.cos(x / 70 + y / 23) + 0.1 * wobble)[lake]
    mirror = np.exp(-(((x - sun_x) / (120 + 0.5 * np.maximum(y - 1000, 0))) ** 2))
    tone[lake] = (0.6 + 0.3 * mirror + 0.1 * wobble)[lake]
    colour[lake] = np.where(mirror[..., None] + 0.1 * wobble[..., None] > 0.45, ochre, teal)[lake]
    bank = 1240 - 150 * np.sin(x / 620 + 3.6) - 0.03 * x
    field = y > bank
    region[field] = 70
    angle[field] = (np.arctan2(y - 1000, x - 1500) + 0.1 * wobble)[field]
    tone[field] = (0.74 + 0.14 * wobble)[field]
    colour[field] = np.where(np.sin(34 * np.arctan2(y - 1000, x - 1500))[..., None] > 0, orange, cream)[field]
    carved = carve_lines(generator, angle, tone, region, 17)
    grain = ndimage.gaussian_filter(generator.standard_normal((HEIGHT, WIDTH)), (2.2, 60))
    grain = grain / grain.std() + 0.7 * smooth_noise(generator, 9, 2)
    fibre = smooth_noise(generator, 14, 2)
    # The colour block is printed slightly out of register and bares some paper.
    tint = np.roll(colour, (5, -4), (0, 1))
    cover = np.clip(0.93 + 0.09 * grain, 0.55, 1)[..., None]
    picture = cream * (1 - cover) + tint * cover
    picture = picture * (1 + 0.022 * fibre[..., None])
    ink = np.clip(1 - ndimage.gaussian_filter(carved, 0.8), 0, 1)
    ink = ink * np.clip(1.0 + 0.07 * np.minimum(grain + 0.9, 0), 0.5, 1)
    black = palette("1c1416")[0] * (1 + 0.25 * grain[..., None].clip(-1, 1))
    save(picture * (1 - ink[..., None]) + black * ink[..., None], target)


def main() -> None:
    """Read the command line and paint every style image."""
    painters = {
        "brush_strokes": paint_brush_strokes,
        "stained_glass": paint_stained_glass,
        "woodcut": paint_woodcut,
    }
    default = Path(__file__).resolve().parents[1] / "examples" / "images"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=default, help="folder of the images")
    parser.add_argument("--only", choices=painters, help="paint just this image")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name, painter in painters.items():
        if arguments.only in (None, name):
            painter(arguments.output / f"{name}.jpg")


if __name__ == "__main__":
    main()
