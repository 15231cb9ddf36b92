"""Decides from the available memory whether to use tiles, and of which size."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..recipe import Recipe
from .layout import fields_of_losses, largest_crop

TILE_SIZES = (2048, 1536, 1024, 768, 512, 384, 256)
"""The sizes to try, largest first: larger tiles have less halo per pixel."""

WHOLE_IMAGE_FRACTION = 0.2
"""Fraction of the available memory that an evaluation without tiles may use."""

TILES_FRACTION = 0.8
"""Fraction of the available memory that an entire run in tiles may use."""

BYTES_PER_PIXEL = 100
"""For content, style, image, best image, gradient and targets, per pixel of the image."""

FIXED_BYTES = 0.5e9
"""For compiled functions and the weights they use."""


def evaluation_memory(height: int, width: int, recipe: Recipe) -> float:
    """Estimates the bytes that the network needs for an image and its gradient.

    Numbers are counted as float32. In measurements, bfloat16 needed hardly less, because libraries
    keep copies in another layout or dtype.
    """
    layers = sorted(recipe.network_layers)
    values = recipe.extractor.values_per_pixel(layers) if layers else 0.0
    return FIXED_BYTES + 4 * height * width * values


def run_memory(
    shapes: Sequence[tuple[int, int]],
    tile_size: int | None,
    recipe: Recipe,
    optimizer_bytes: float,
) -> float:
    """Estimates the bytes that a run needs.

    `shapes` are height and width of content and styles, and `tile_size` is the longest side of the
    tiles, all in pixels; `None`: the whole image at once.
    """
    if tile_size is not None:
        fields = fields_of_losses(recipe)
        crops = [largest_crop(*shape, tile_size, recipe.losses, fields) for shape in shapes]
    else:
        crops = list(shapes)
    kept = optimizer_bytes + BYTES_PER_PIXEL * math.prod(shapes[0])
    return kept + max(evaluation_memory(*crop, recipe) for crop in crops)


def choose_tile_size(
    shapes: Sequence[tuple[int, int]],
    recipe: Recipe,
    optimizer_bytes: float,
    available: float,
) -> int | None:
    """Chooses the largest tiles that fit into the available bytes; `None` if the image fits.

    `shapes` are height and width of content and styles. They and the result are in pixels.
    """
    kept = optimizer_bytes + BYTES_PER_PIXEL * math.prod(shapes[0])

    def whole(shape: tuple[int, int]) -> float:
        return evaluation_memory(*shape, recipe)

    largest = max(map(whole, shapes))
    if largest <= WHOLE_IMAGE_FRACTION * available and largest + kept <= TILES_FRACTION * available:
        return None
    try:
        fields_of_losses(recipe)
    except ValueError:
        # If tiles are impossible, the whole image may use a larger fraction.
        if largest + kept <= TILES_FRACTION * available:
            return None
        raise
    needed = math.inf
    # A single tile would need as much memory as the whole image and a third more time.
    sizes = [size for size in TILE_SIZES if size < max(map(max, shapes))]
    for tile_size in sizes or TILE_SIZES[-1:]:
        needed = run_memory(shapes, tile_size, recipe, optimizer_bytes)
        if needed <= TILES_FRACTION * available:
            return tile_size
    raise MemoryError(
        f"Expected at least {needed / 1e9:.1f} GB of memory for an image of "
        f"{shapes[0][1]} x {shapes[0][0]} pixels, even in tiles. Received: "
        f"{available / 1e9:.1f} GB available. Choose a smaller size."
    )
