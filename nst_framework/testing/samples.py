"""Random features as losses meet them, and the same features arranged in another way."""

from __future__ import annotations

import numpy as np

from ..losses.base import IMAGE, Loss
from .slopes import Arrays

SMALLEST = 8
"""Rows of the deepest layer's features, at least."""


def feature_shapes(loss: Loss, other_size: bool = False) -> dict[str, tuple[int, int, int]]:
    """Height, width and channels of each layer; each half as high and wide as the one before.

    The image itself, which is always among the features, is as large as the first layer's.

    Args:
        loss: The loss; its window has room several times.
        other_size: Whether another height and width are wanted.
    """
    height = max(32, 8 * -(-loss.window // 2))
    width = height + 8
    if other_size:
        height, width = height + 16, height
    shapes = {IMAGE: (height, width, 3)}
    smallest = max(SMALLEST, 2 * loss.window)
    for index, layer in enumerate(layer for layer in loss.layers if layer != IMAGE):
        if index > 0 and min(height, width) // 2 >= smallest:
            height, width = height // 2, width // 2
        shapes[layer] = height, width, 8 + 2 * min(index, 4)
    return shapes


def random_features(loss: Loss, seed: int, other_size: bool = False) -> Arrays:
    """Features of all layers of a loss, float64.

    Args:
        loss: The loss.
        seed: Seed of the random numbers.
        other_size: Whether another height and width than usual are wanted.

    Returns:
        `{layer: array (1, height, width, channels)}`: the image from 0 to 255, everything else as
        after a ReLU, but with small numbers for the zeros. Ties would be kinks for losses that
        sort.
    """
    generator = np.random.default_rng(seed)
    features = {}
    for layer, shape in feature_shapes(loss, other_size).items():
        if layer == IMAGE:
            features[layer] = random_image(shape[0], shape[1], generator)
        else:
            values = np.maximum(generator.normal(0.3, 1.0, (1, *shape)), 0)
            features[layer] = values + generator.uniform(0.02, 0.1, (1, *shape))
    return features


def random_image(height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """Patches of colour with noise, `(1, height, width, 3)`, float64, within 0 to 255."""
    patches = generator.uniform(50, 205, (height // 8 + 1, width // 8 + 1, 3))
    image = patches.repeat(8, 0).repeat(8, 1)[:height, :width]
    return (image + generator.uniform(-30, 30, image.shape))[None]


def shuffled(features: Arrays, seed: int) -> Arrays:
    """The same features with the positions of each layer in another order."""
    generator = np.random.default_rng(seed)
    result = {}
    for layer, array in features.items():
        positions = array.reshape(-1, array.shape[-1])
        result[layer] = generator.permutation(positions).reshape(array.shape)
    return result


def quarter(features: Arrays) -> Arrays:
    """The first half of the rows and of the columns."""
    return {
        layer: array[:, : array.shape[1] // 2, : array.shape[2] // 2]
        for layer, array in features.items()
    }


def doubled(features: Arrays) -> Arrays:
    """Twice the height and width: every position four times, with the neighbours it had."""
    return {layer: np.tile(array, (1, 2, 2, 1)) for layer, array in features.items()}


def flat(features: Arrays, value: float, pixel: float) -> Arrays:
    """Constant features of the same shapes, and an image of one colour."""
    return {
        layer: np.full_like(array, pixel if layer == IMAGE else value)
        for layer, array in features.items()
    }


def with_a_dead_channel(features: Arrays) -> Arrays:
    """The same features but for the first channel of each layer, which is 0."""
    result = {layer: array.copy() for layer, array in features.items()}
    for array in result.values():
        array[..., 0] = 0
    return result


def in_float32(features: Arrays) -> Arrays:
    """The same numbers as the run has them."""
    return {layer: array.astype(np.float32) for layer, array in features.items()}
