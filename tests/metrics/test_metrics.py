"""Metrics with known results: histograms, Gram matrices, repeated patches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import TinyExtractor
from keras import ops

from nst_framework.images.pixels import to_batch
from nst_framework.losses.sampling import sample_patches
from nst_framework.metrics import (
    content_fidelity,
    global_colors,
    gram_distance,
    holistic_textures,
    local_patterns,
    structural_similarity,
)
from nst_framework.metrics.features import cosine
from nst_framework.metrics.local_patterns import best_matches

LAYERS = ["first", "second"]


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


def pixels(image: np.ndarray) -> dict[str, Any]:
    """The image itself as features, so that the results are known in advance."""
    return {"pixels": ops.convert_to_tensor(to_batch(image))}


def one_color(*color: int, height: int = 12, width: int = 12) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def test_cosines() -> None:
    assert cosine(np.array([3, 0]), np.array([4, 4])) == pytest.approx(0.5**0.5)
    assert cosine(np.array([[1.0], [2.0]]), np.array([[-2.0], [-4.0]])) == pytest.approx(-1)
    assert cosine(np.zeros(2), np.zeros(2)) == 1
    assert cosine(np.zeros(2), np.ones(2)) == 0


def test_content_fidelity_is_the_cosine_of_features(
    content: np.ndarray, tiny_extractor: TinyExtractor
) -> None:
    features = tiny_extractor(ops.convert_to_tensor(to_batch(content)), LAYERS)
    assert content_fidelity(features, features) == pytest.approx(1)
    # Red and yellow are 45 degrees apart; the green half of the image is the same in both.
    red, yellow = one_color(200, 0, 0), one_color(100, 100, 0)
    assert content_fidelity(pixels(red), pixels(yellow)) == pytest.approx(0.5**0.5)
    assert content_fidelity(pixels(red // 2), pixels(red)) == pytest.approx(1)
    mixed = red.copy()
    mixed[:6] = (0, 200, 0)
    assert content_fidelity(pixels(mixed), pixels(red)) == pytest.approx(0.5)
    both = {"red": pixels(red)["pixels"], "mixed": pixels(mixed)["pixels"]}
    reds = dict.fromkeys(both, pixels(red)["pixels"])
    assert content_fidelity(both, reds) == pytest.approx((1 + 0.5) / 2), "a mean over layers"


def test_global_colors_are_the_cosine_of_histograms() -> None:
    # Red: (1/2, 1/2) against (1, 0); green: the same; blue: nothing in common.
    style = one_color(7, 90, 200, height=5)
    result = one_color(7, 90, 100)
    result[:6, :, 0] = 8
    assert global_colors(result, style) == pytest.approx((0.5**0.5 + 1 + 0) / 3)
    # The edge between 7 and 8 separates bins of 4 values, but not bins of 16.
    assert global_colors(result, style, bins=64) == pytest.approx((0.5**0.5 + 1 + 0) / 3)
    assert global_colors(result, style, bins=16) == pytest.approx((1 + 1 + 0) / 3)


def test_holistic_textures_are_the_cosine_of_gram_matrices() -> None:
    # The Gram matrix of one color is its outer product: the cosine is that of the colors, squared.
    result, style = one_color(100, 0, 0), one_color(50, 50, 0, height=5)
    assert holistic_textures(pixels(result), pixels(style)) == pytest.approx(0.5)


def test_gram_distance_of_a_fainter_style(style: np.ndarray) -> None:
    even = style // 2 * 2
    # G = A / 4, so |G - A|^2 / |A|^2 = 9 / 16, at any strength.
    assert gram_distance(pixels(even // 2), pixels(even)) == pytest.approx(9 / 16)
    black = np.zeros_like(style)
    assert gram_distance(pixels(black), pixels(style)) == 1
    with pytest.raises(ValueError, match="features in pixels"):
        gram_distance(pixels(style), pixels(black))


def test_statistics_of_the_style_do_not_depend_on_positions(style: np.ndarray) -> None:
    moved = np.roll(style, (5, 3), axis=(0, 1))
    assert gram_distance(pixels(moved), pixels(style)) == pytest.approx(0, abs=1e-10)
    assert holistic_textures(pixels(moved), pixels(style)) == pytest.approx(1)
    assert global_colors(moved, style) == pytest.approx(1)


@pytest.mark.parametrize("samples", [20, 1024])
def test_the_style_is_made_of_its_own_patches(
    samples: int, style: np.ndarray, tiny_extractor: TinyExtractor
) -> None:
    features = tiny_extractor(ops.convert_to_tensor(to_batch(style)), LAYERS)
    patterns = local_patterns(features, features, samples)
    assert list(patterns.values()) == pytest.approx([1, 1, 1])


def test_a_piece_of_the_style_is_made_of_its_patches() -> None:
    style = noise(14, 11)
    patterns = local_patterns(pixels(style[3:9, 2:10]), pixels(style))
    assert patterns["patch_similarity"] == pytest.approx(1)
    assert patterns["patch_diversity"] == 1, "every patch matches a different one"


def test_a_result_that_repeats_one_patch_has_no_diversity() -> None:
    style = noise(8, 9)
    style[2:5, 3:6] = (90, 40, 10)
    patterns = local_patterns(pixels(one_color(90, 40, 10, height=20)), pixels(style))
    assert patterns["patch_similarity"] == pytest.approx(1)
    # The style has 6 x 7 patches, and all of them differ.
    assert patterns["patch_diversity"] == pytest.approx(1 / 42)
    assert patterns["local_patterns"] == pytest.approx((1 + 1 / 42) / 2)


def test_a_style_of_equal_patches_has_one() -> None:
    style = pixels(one_color(90, 40, 10))
    assert list(local_patterns(style, style).values()) == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("at_once", [1, 20, 4096])
def test_matches_are_those_of_all_patches_however_many_are_in_memory(
    at_once: int,
) -> None:
    generator = np.random.default_rng(0)
    style = generator.normal(size=(1, 9, 10, 4)).astype(np.float32)
    patches = sample_patches(ops.convert_to_tensor(style), 3, 1000, 0)
    cosines, matches = best_matches(patches, ops.convert_to_tensor(style), at_once)
    np.testing.assert_array_equal(matches, np.arange(7 * 8))
    np.testing.assert_allclose(cosines, 1, rtol=1e-5)


def test_structural_similarity_of_flat_images(content: np.ndarray) -> None:
    assert structural_similarity(content, content) == 1
    # Without variance, only the luminances count: (2 x y + C1) / (x^2 + y^2 + C1).
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 50 + c1) / (100**2 + 50**2 + c1)
    gray = structural_similarity(one_color(100, 100, 100), one_color(50, 50, 50))
    assert gray == pytest.approx(expected)
    # Different colors can have the same luminance: 0.299 * 100 is about 0.587 * 51.
    colors = structural_similarity(one_color(100, 0, 0), one_color(0, 51, 0))
    assert colors == pytest.approx(1, abs=1e-3)


def test_images_of_the_wrong_size(content: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"\(1, 19, 26, 3\) .*\(1, 20, 26, 3\).*Resize"):
        content_fidelity(pixels(content[1:]), pixels(content))
    with pytest.raises(ValueError, match=r"\(19, 26, 3\).*\(20, 26, 3\).*read_image"):
        structural_similarity(content[1:], content)
    with pytest.raises(ValueError, match="at least 11 pixels"):
        structural_similarity(content[:10], content[:10])
    with pytest.raises(ValueError, match="the result to have at least 3 x 3 .* Received: 2 x 26"):
        local_patterns(pixels(content[:2]), pixels(content))


@pytest.mark.parametrize(
    "metric", [content_fidelity, gram_distance, holistic_textures, local_patterns]
)
def test_layers_that_differ(metric: Callable[..., Any], content: np.ndarray) -> None:
    features = pixels(content)
    with pytest.raises(ValueError, match=r"Received: \['pixels'\] and \['pixel'\]"):
        metric(features, {"pixel": features["pixels"]})
    with pytest.raises(ValueError, match="one or more"):
        metric({}, {})
