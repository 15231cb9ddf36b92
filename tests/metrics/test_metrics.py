"""Metrics with known answers: histograms, Gram matrices, patches that are repeated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import TinyExtractor
from keras import ops

from nst_framework.losses.base import IMAGE
from nst_framework.losses.sampling import sample_patches
from nst_framework.metrics import (
    content_fidelity,
    global_effects,
    gram_distance,
    local_patterns,
    structural_similarity,
)
from nst_framework.metrics.features import cosine
from nst_framework.metrics.local_patterns import best_matches

LAYERS = ["first", "second"]
PIXELS = [IMAGE]


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


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
    assert content_fidelity(content, content, tiny_extractor, LAYERS) == pytest.approx(1)
    # Red and yellow are 45 degrees apart, half of the image is the same.
    red, yellow = one_color(200, 0, 0), one_color(100, 100, 0)
    assert content_fidelity(red, yellow, tiny_extractor, PIXELS) == pytest.approx(0.5**0.5)
    assert content_fidelity(red // 2, red, tiny_extractor, PIXELS) == pytest.approx(1)
    mixed = red.copy()
    mixed[:6] = (0, 200, 0)
    assert content_fidelity(mixed, red, tiny_extractor, PIXELS) == pytest.approx(0.5)


def test_content_fidelity_sees_positions(
    content: np.ndarray, tiny_extractor: TinyExtractor
) -> None:
    turned = content[::-1, ::-1]
    assert content_fidelity(turned, content, tiny_extractor, LAYERS) < 0.9


def test_global_colors_are_the_cosine_of_histograms(tiny_extractor: TinyExtractor) -> None:
    # Red: (1/2, 1/2) against (1, 0); green: the same; blue: nothing in common.
    style = one_color(7, 90, 200)
    result = style.copy()
    result[:6, :, 0] = 8
    result[..., 2] = 100
    effects = global_effects(result, style, tiny_extractor, LAYERS)
    assert effects["global_colors"] == pytest.approx((0.5**0.5 + 1 + 0) / 3)
    # 7 and 8 are on two sides of the edge of a bin of four values, but not of one of 16.
    wide = global_effects(result, style, tiny_extractor, LAYERS, bins=16)
    assert wide["global_colors"] == pytest.approx((1 + 1 + 0) / 3)


def test_holistic_textures_are_the_cosine_of_gram_matrices(tiny_extractor: TinyExtractor) -> None:
    # Gram matrices of one colour: its outer product, so their cosine is that of colours, squared.
    result, style = one_color(100, 0, 0), one_color(50, 50, 0, height=5)
    effects = global_effects(result, style, tiny_extractor, PIXELS)
    assert effects["holistic_textures"] == pytest.approx(0.5)
    assert effects["global_effects"] == pytest.approx((0.5 + effects["global_colors"]) / 2)


def test_gram_distance_of_a_fainter_style(style: np.ndarray, tiny_extractor: TinyExtractor) -> None:
    even = style // 2 * 2
    # G = A / 4, so |G - A|^2 / |A|^2 = 9 / 16, at any strength.
    assert gram_distance(even // 2, even, tiny_extractor, PIXELS) == pytest.approx(9 / 16)
    black = np.zeros_like(style)
    assert gram_distance(black, style, tiny_extractor, PIXELS) == 1
    with pytest.raises(ValueError, match="features in image"):
        gram_distance(style, black, tiny_extractor, PIXELS)


def test_statistics_of_the_style_do_not_depend_on_positions(
    style: np.ndarray, tiny_extractor: TinyExtractor
) -> None:
    moved = np.roll(style, (5, 3), axis=(0, 1))
    assert gram_distance(moved, style, tiny_extractor, PIXELS) == pytest.approx(0, abs=1e-10)
    effects = global_effects(moved, style, tiny_extractor, PIXELS)
    assert list(effects.values()) == pytest.approx([1, 1, 1])


def test_the_style_has_its_own_effects_and_patterns(
    style: np.ndarray, tiny_extractor: TinyExtractor
) -> None:
    for values in (
        global_effects(style, style, tiny_extractor, LAYERS),
        local_patterns(style, style, tiny_extractor, LAYERS),
        local_patterns(style, style, tiny_extractor, LAYERS, samples=20),
    ):
        assert list(values.values()) == pytest.approx([1, 1, 1])
    assert gram_distance(style, style, tiny_extractor, LAYERS) == 0


def test_a_piece_of_the_style_is_made_of_its_patches(tiny_extractor: TinyExtractor) -> None:
    style = noise(14, 11)
    patterns = local_patterns(style[3:9, 2:10], style, tiny_extractor, PIXELS)
    assert patterns["patch_similarity"] == pytest.approx(1)
    assert patterns["patch_diversity"] == 1, "as many different ones as it has patches"


def test_a_result_that_repeats_one_patch_has_no_diversity(tiny_extractor: TinyExtractor) -> None:
    style = noise(8, 9)
    style[2:5, 3:6] = (90, 40, 10)
    patterns = local_patterns(
        one_color(90, 40, 10, height=20, width=20), style, tiny_extractor, PIXELS
    )
    assert patterns["patch_similarity"] == pytest.approx(1)
    # The style has 6 x 7 patches, and all of them differ.
    assert patterns["patch_diversity"] == pytest.approx(1 / 42)
    assert patterns["local_patterns"] == pytest.approx((1 + 1 / 42) / 2)


def test_a_style_of_equal_patches_has_one(tiny_extractor: TinyExtractor) -> None:
    style = one_color(90, 40, 10)
    assert list(local_patterns(style, style, tiny_extractor, PIXELS).values()) == pytest.approx(
        [1, 1, 1]
    )


@pytest.mark.parametrize("at_once", [1, 20, 4096])
def test_matches_are_those_of_all_patches_however_many_are_in_memory(
    at_once: int,
) -> None:
    generator = np.random.default_rng(0)
    style = generator.normal(size=(1, 9, 10, 4)).astype(np.float32)
    patches: Any = sample_patches(ops.convert_to_tensor(style), 3, 1000, 0)
    cosines, matches = best_matches(patches, ops.convert_to_tensor(style), at_once)
    np.testing.assert_array_equal(matches, np.arange(7 * 8))
    np.testing.assert_allclose(cosines, 1, rtol=1e-5)


def test_structural_similarity_of_flat_images(content: np.ndarray) -> None:
    assert structural_similarity(content, content) == 1
    # Without any variance only the luminances count: (2 x y + C1) / (x^2 + y^2 + C1).
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 50 + c1) / (100**2 + 50**2 + c1)
    grey = structural_similarity(one_color(100, 100, 100), one_color(50, 50, 50))
    assert grey == pytest.approx(expected)
    # Equal luminances of different colours: 0.299 * 100 is about 0.587 * 51.
    colors = structural_similarity(one_color(100, 0, 0), one_color(0, 51, 0))
    assert colors == pytest.approx(1, abs=1e-3)


def test_images_that_do_not_fit(content: np.ndarray, tiny_extractor: TinyExtractor) -> None:
    for metric in (
        lambda: content_fidelity(content[1:], content, tiny_extractor, LAYERS),
        lambda: structural_similarity(content[1:], content),
    ):
        with pytest.raises(ValueError, match=r"\(19, 26, 3\).*\(20, 26, 3\).*read_image"):
            metric()
    with pytest.raises(ValueError, match="at least 11 pixels"):
        structural_similarity(content[:10], content[:10])
    with pytest.raises(ValueError, match="the style to be at least 2 pixels.*Received: 1 x 26"):
        global_effects(content, content[:1], tiny_extractor, LAYERS)
    with pytest.raises(ValueError, match="the result to have at least 3 x 3 .* Received: 2 x 13"):
        local_patterns(content[:5], content, tiny_extractor, ["second"])


def test_layers_that_there_are_not(content: np.ndarray, tiny_extractor: TinyExtractor) -> None:
    with pytest.raises(ValueError, match="Did you mean 'first'"):
        content_fidelity(content, content, tiny_extractor, ["firs"])
    for layers in ([], "first"):
        with pytest.raises(ValueError, match="one layer or more, in a list"):
            gram_distance(content, content, tiny_extractor, layers)
