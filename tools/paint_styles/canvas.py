"""Tools for painting all three images: colors, noise, samples and relief."""

import numpy as np
from scipy import ndimage

Array = np.ndarray
Generator = np.random.Generator
OUTPUT_SIZE = (900, 720)
# Everything is drawn at twice the final size, so that reduction smooths every edge.
WIDTH, HEIGHT = 2 * OUTPUT_SIZE[0], 2 * OUTPUT_SIZE[1]


def palette(*codes: str) -> Array:
    """Converts hexadecimal color codes to an array of RGB rows between 0 and 1."""
    return np.array([list(bytes.fromhex(code)) for code in codes]) / 255.0


def smooth_noise(generator: Generator, scale: float) -> Array:
    """Returns full-size smooth noise of mean 0 and deviation 1, with blobs `scale` wide."""
    coarse = generator.standard_normal((int(HEIGHT / scale) + 4, int(WIDTH / scale) + 4))
    noise = ndimage.map_coordinates(coarse, np.mgrid[0:HEIGHT, 0:WIDTH] / scale + 1, order=3)
    return (noise - noise.mean()) / noise.std()


def streak_noise(generator: Generator, shape: tuple[int, int], widths: tuple[float, int]) -> Array:
    """Returns tileable noise of deviation 1, blurred by different widths down and across."""
    noise = ndimage.gaussian_filter(generator.standard_normal(shape), widths, mode="wrap")
    return noise / noise.std()


def sample(field: Array, points: Array) -> Array:
    """Reads a field at some points; outside the image, it has the value at the border."""
    rows, columns = points.imag.clip(0, HEIGHT - 1), points.real.clip(0, WIDTH - 1)
    return field[rows.astype(int), columns.astype(int)]


def relief(height: Array, strength: float) -> Array:
    """Lights a height map from the upper left; returns brightness between -1 and 1."""
    return np.tanh(strength * np.tensordot((0.8, 0.6), np.gradient(height), axes=1))


def scattered_points(generator: Generator, spacing: float) -> Array:
    """Returns points on a jittered grid slightly larger than the image, in random order."""
    y, x = np.ogrid[-spacing : HEIGHT + spacing : spacing, -spacing : WIDTH + spacing : spacing]
    points = (x + 1j * y).ravel()
    shift = generator.uniform(-0.5, 0.5, (2, len(points))) * spacing
    return generator.permutation(points + shift[0] + 1j * shift[1])
