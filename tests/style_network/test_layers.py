"""The layers: exact on every backend, in every precision, and for images of any size."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from networks import random_network, to_numpy

from nst_framework import StyleNetwork
from nst_framework.style_network.layers import (
    EPSILON,
    ConvolutionBlock,
    InstanceNormalization,
    reflect,
    upsample,
)

RANDOM = np.random.default_rng(0)


def normalized(features: np.ndarray) -> np.ndarray:
    """The closed form in float64."""
    features = features.astype(np.float64)
    centred = features - features.mean((1, 2), keepdims=True)
    return centred / np.sqrt((centred**2).mean((1, 2), keepdims=True) + EPSILON)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 9, 7, 3), (1, 1024, 1024, 2)])
def test_flat_channels_become_zero(shape: tuple[int, ...]) -> None:
    layer = InstanceNormalization()
    layer.build(shape)
    for value, atol in ((123.68, 1e-6), (0.1, 1e-6), (255.0, 1e-6), (-1e4, 1e-3)):
        flat = np.full(shape, value, np.float32)
        style = np.ones((shape[0], 1), np.float32)
        np.testing.assert_allclose(to_numpy(layer(flat, style)), np.zeros(shape), atol=atol)


@pytest.mark.parametrize(("mean", "spread"), [(0, 1), (1000, 1), (-1000, 30), (0, 1e-3), (50, 1e4)])
def test_normalization_is_the_closed_form(mean: float, spread: float) -> None:
    features = RANDOM.normal(mean, spread, (2, 40, 31, 3)).astype(np.float32)
    layer = InstanceNormalization()
    layer.build(features.shape)
    found = to_numpy(layer(features, np.ones((2, 1), np.float32)))
    np.testing.assert_allclose(found, normalized(features), atol=1e-4)


def test_large_images_are_as_exact_as_small_ones() -> None:
    features = RANDOM.normal(100, 1, (1, 1024, 1024, 2)).astype(np.float32)
    layer = InstanceNormalization()
    layer.build(features.shape)
    found = to_numpy(layer(features, np.ones((1, 1), np.float32)))
    np.testing.assert_allclose(found, normalized(features), atol=1e-3)


def test_styles_are_mixed_linearly_for_each_image() -> None:
    features = RANDOM.normal(3, 2, (3, 8, 8, 4)).astype(np.float32)
    layer = InstanceNormalization(styles=2)
    layer.build(features.shape)
    gamma, beta = RANDOM.normal(size=(2, 2, 4))
    layer.set_weights([gamma, beta])
    style = np.array([[1, 0], [0, 1], [0.3, 0.7]], np.float32)
    expected = normalized(features) * (style @ gamma)[:, None, None] + (style @ beta)[:, None, None]
    np.testing.assert_allclose(to_numpy(layer(features, style)), expected, atol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_statistics_are_exact_in_16_bits(policy: str) -> None:
    features = RANDOM.normal(1, 2, (1, 64, 64, 3)).astype(np.float32)
    layer = InstanceNormalization(dtype=policy)
    layer.build(features.shape)
    found = layer(features, np.ones((1, 1), np.float32))
    assert keras.backend.standardize_dtype(found.dtype) == policy.removeprefix("mixed_")
    found = to_numpy(keras.ops.cast(found, "float32"))
    rounded = to_numpy(keras.ops.cast(keras.ops.cast(features, found.dtype), "float32"))
    # Rounding by Keras before the layer, and of the result.
    np.testing.assert_allclose(found, normalized(rounded), atol=0.03)
    assert np.abs(found.mean((1, 2))).max() < 1e-3


def test_borders_are_reflected_and_pixels_repeated() -> None:
    features = RANDOM.normal(size=(2, 5, 6, 3)).astype(np.float32)
    expected = np.pad(features, [(0, 0), (4, 4), (4, 4), (0, 0)], mode="reflect")
    np.testing.assert_array_equal(
        to_numpy(reflect(keras.ops.convert_to_tensor(features), 4)), expected
    )
    expected = np.kron(features, np.ones((1, 2, 2, 1)))
    np.testing.assert_allclose(
        to_numpy(upsample(keras.ops.convert_to_tensor(features), 2)), expected
    )


def test_a_block_is_the_convolution_of_its_closed_form() -> None:
    features = RANDOM.normal(size=(1, 5, 4, 2)).astype(np.float32)
    block = ConvolutionBlock(3, upsampling=2)
    block.build(features.shape)
    kernel = to_numpy(block.convolution.kernel).astype(np.float64)
    enlarged = np.pad(
        np.kron(features, np.ones((1, 2, 2, 1))), [(0, 0), (1, 1), (1, 1), (0, 0)], mode="reflect"
    )
    convolved = sum(
        enlarged[:, row : row + 10, column : column + 8] @ kernel[row, column]
        for row in range(3)
        for column in range(3)
    )
    found = to_numpy(block(features, np.ones((1, 1), np.float32)))
    np.testing.assert_allclose(found, np.maximum(normalized(convolved), 0), atol=1e-3)


@pytest.mark.parametrize("size", [(8, 8), (9, 11), (13, 8), (16, 31)])
def test_the_result_has_the_size_of_the_photograph(size: tuple[int, int]) -> None:
    network = random_network()
    painted = to_numpy(network(RANDOM.uniform(0, 255, (2, *size, 3)).astype(np.float32)))
    assert painted.shape == (2, *size, 3)
    assert painted.dtype == np.float32


def test_a_flat_photograph_becomes_flat_without_a_checkerboard_or_a_frame() -> None:
    painted = to_numpy(random_network()(np.full((1, 37, 41, 3), 123.68, np.float32)))
    assert np.ptp(painted, axis=(1, 2)).max() < 1e-2


def test_brightness_and_contrast_change_only_the_added_luminance() -> None:
    """The first normalization removes them except for its epsilon; half the luminance is added."""
    network = random_network()
    photograph = RANDOM.uniform(60, 200, (1, 24, 24, 3)).astype(np.float32)
    changed = 0.5 * photograph + 40
    painted, other = (to_numpy(network(each)) for each in (photograph, changed))
    added = 0.5 * (photograph - changed) @ np.array([0.299, 0.587, 0.114], np.float32)
    np.testing.assert_allclose(painted - other, np.repeat(added[..., None], 3, -1), atol=0.5)


def test_a_flipped_photograph_is_painted_flipped() -> None:
    network = random_network()
    for block in network.sequence:
        kernel = to_numpy(block.convolution.kernel)
        block.convolution.kernel.assign(kernel + kernel[:, ::-1])
    kernel, bias = (to_numpy(weight) for weight in network.painting.weights)
    network.painting.set_weights([kernel + kernel[:, ::-1], bias])
    # Strides start at the left and end at the right only if there is a middle row.
    photograph = RANDOM.uniform(0, 255, (1, 21, 21, 3)).astype(np.float32)
    painted = to_numpy(network(photograph))
    other = to_numpy(network(photograph[:, :, ::-1]))[:, :, ::-1]
    # Upsampling repeats to the right, which shifts the result by up to 3 pixels.
    assert np.corrcoef(painted.ravel(), other.ravel())[0, 1] > 0.5


def test_images_in_a_batch_do_not_see_one_another_and_have_styles_by_position() -> None:
    network = random_network(styles=2)
    photographs = RANDOM.uniform(0, 255, (3, 16, 16, 3)).astype(np.float32)
    painted = to_numpy(network(photographs))
    for number, weights in enumerate(([1.0, 0.0], [0.0, 1.0], [1.0, 0.0])):
        alone = network(photographs[number : number + 1], np.array([weights], np.float32))
        np.testing.assert_allclose(painted[number], to_numpy(alone)[0], atol=1e-2)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_the_picture_is_in_float32_under_each_policy(policy: str) -> None:
    network, plain = random_network(dtype=policy), random_network()
    photograph = RANDOM.uniform(0, 255, (1, 24, 24, 3)).astype(np.float32)
    painted = network(photograph)
    assert keras.backend.standardize_dtype(painted.dtype) == "float32"
    difference = to_numpy(painted) - to_numpy(plain(photograph))
    assert np.abs(difference).mean() < 4
    assert all(
        keras.backend.standardize_dtype(weight.dtype) == "float32" for weight in network.weights
    )


def test_the_size_of_the_network() -> None:
    """Johnson, Alahi and Fei-Fei's table 1, without the biases that normalization removes."""
    kernels = 81 * 3 * 32 + 9 * (32 * 64 + 64 * 128) + 10 * 9 * 128 * 128
    kernels += 9 * (128 * 64 + 64 * 32) + 81 * 32 * 3 + 3
    channels = 32 + 64 + 128 + 10 * 128 + 64 + 32
    for styles in (1, 3):
        assert StyleNetwork(styles).count_params() == kernels + 2 * styles * channels
