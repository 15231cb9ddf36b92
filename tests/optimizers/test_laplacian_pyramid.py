"""The optimizer of a Laplacian pyramid."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from nst_framework import Evaluation, KerasOptimizer, LaplacianPyramidOptimizer
from nst_framework.optimizers.laplacian_pyramid import enlargement, pyramid_sizes


def test_enlarging_keeps_constants_and_slopes() -> None:
    matrix = enlargement(8, 16)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, rtol=1e-6)
    slope = matrix @ np.arange(8, dtype=np.float32)
    np.testing.assert_allclose(np.diff(slope)[1:-1], 0.5, rtol=1e-5)


def test_levels_halve_until_a_side_is_small() -> None:
    assert pyramid_sizes(100, 60, 3) == [(100, 60), (50, 30), (25, 15)]
    assert pyramid_sizes(9, 30, 8) == [(9, 30), (5, 15), (3, 8)]


def run(optimizer: KerasOptimizer, slope: np.ndarray, steps: int) -> np.ndarray:
    """The image after some steps from gray along a constant gradient."""
    image = np.full(slope.shape, 128.0, np.float32)
    tensor = ops.convert_to_tensor(slope)
    optimizer.build(image, {})
    made = optimizer.steps(lambda image: Evaluation(0.0, {}, tensor), image)
    *_, last = itertools.islice(made, steps)
    return ops.convert_to_numpy(last.image)


def test_plain_descent_moves_along_the_adjoint() -> None:
    # One step moves the image by -U U^T g, with the sum U of all levels' enlargements, so the
    # slope along it is -|U^T g|^2: the sum of squares over all levels.
    shape = (1, 13, 18, 3)
    slope = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    optimizer = LaplacianPyramidOptimizer(keras.optimizers.SGD(0.01), levels=3)
    change = run(optimizer, slope, 1) - 128.0
    squares = 0.0
    part = slope[0]
    for (height, width), (rows, columns) in zip(
        pyramid_sizes(13, 18, 3), [(13, 18), *pyramid_sizes(13, 18, 3)], strict=False
    ):
        part = np.einsum("yh,ywc->hwc", enlargement(height, rows), part)
        part = np.einsum("xw,hxc->hwc", enlargement(width, columns), part)
        squares += float(np.sum(part**2))
    assert float(np.sum(change * slope)) == pytest.approx(-0.01 * squares, rel=1e-4)


def test_one_level_is_the_optimizer_itself() -> None:
    slope = np.random.default_rng(0).normal(size=(1, 6, 9, 3)).astype(np.float32)
    pyramid = LaplacianPyramidOptimizer(keras.optimizers.Adam(0.5), levels=1)
    plain = KerasOptimizer(keras.optimizers.Adam(0.5))
    np.testing.assert_allclose(run(pyramid, slope, 7), run(plain, slope, 7), rtol=1e-6)


def test_areas_move_as_fast_as_pixels() -> None:
    # The gradient of the mean over an area is tiny at each of its pixels.
    slope = np.full((1, 64, 64, 3), 1 / 64**2, np.float32)
    adam = keras.optimizers.Adam(0.5, epsilon=0.1)
    moved = {
        levels: float(128 - run(LaplacianPyramidOptimizer(adam, levels), slope, 20).mean())
        for levels in (1, 6)
    }
    assert moved[6] > 10 * moved[1]


def test_pixels_stay_within_their_bounds() -> None:
    slope = np.random.default_rng(0).normal(size=(1, 16, 16, 3)).astype(np.float32)
    image = run(LaplacianPyramidOptimizer(keras.optimizers.SGD(1000.0)), slope, 2)
    assert image.min() == 0
    assert image.max() == 255
