"""Color modes and color maps, compared with known results."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import rgb2yiq

from nst_framework import StyleImage
from nst_framework.defaults import COLOR_MODES
from nst_framework.images.color_matching import (
    from_oklab,
    guided_filter,
    luminance,
    luminance_map,
    mean_and_covariance_map,
    to_oklab,
)
from nst_framework.images.colors import color_mode

FORMS = ["cholesky", "symmetric"]
CHANGING = ["luminance", "cholesky", "symmetric", "histogram"]


def covariance(pixels: np.ndarray) -> np.ndarray:
    return np.cov(pixels, rowvar=False, bias=True)


def colors(seed: int, count: int = 500) -> np.ndarray:
    """Pixels with correlated channels."""
    generator = np.random.default_rng(seed)
    return 120 + 30 * generator.normal(size=(count, 3)) @ generator.normal(size=(3, 3))


def matched_colors(pixels: np.ndarray, reference: np.ndarray, form: str) -> np.ndarray:
    matrix, offset = mean_and_covariance_map(pixels, reference, form)
    return pixels @ matrix.T + offset


def one_color(*color: int) -> np.ndarray:
    return np.full((6, 7, 3), color, np.uint8)


@pytest.mark.parametrize("form", FORMS)
def test_mean_and_covariance_match_the_reference(form: str) -> None:
    pixels, reference = colors(0), colors(1, 300)
    matched = matched_colors(pixels, reference, form)
    np.testing.assert_allclose(matched.mean(axis=0), reference.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(covariance(matched), covariance(reference), rtol=1e-6)
    np.testing.assert_allclose(matched_colors(pixels, pixels, form), pixels, rtol=1e-9)


@pytest.mark.parametrize(
    ("form", "matrix"),
    [
        ("cholesky", [[1.5, 0, 0], [-0.4, 0.8, 0], [0.2, 0.5, 0.3]]),
        # Symmetric and positive in the basis of the covariance's eigenvectors.
        ("symmetric", [[1.5, 0, 0], [0, 0.8, 0], [0, 0, 0.3]]),
    ],
)
def test_a_map_of_the_same_form_is_recovered(form: str, matrix: list[list[float]]) -> None:
    pixels = colors(2)
    if form == "symmetric":
        # Align the covariance with the axes, so that it commutes with a diagonal map.
        centered = pixels - pixels.mean(axis=0)
        pixels = centered @ np.linalg.eigh(covariance(pixels))[1] + 100
    reference = pixels @ np.array(matrix).T + [10.0, -5.0, 3.0]
    np.testing.assert_allclose(matched_colors(pixels, reference, form), reference, atol=1e-4)


def test_the_cholesky_form_only_scales_the_first_channel() -> None:
    pixels, reference = colors(3), colors(4)
    matched = matched_colors(pixels, reference, "cholesky")
    other = pixels.copy()
    other[:, 1:] = colors(5)[:, 1:]
    np.testing.assert_allclose(
        matched_colors(other, reference, "cholesky")[:, 0], matched[:, 0], rtol=1e-6
    )


def test_the_symmetric_form_does_not_depend_on_the_order_of_the_channels() -> None:
    pixels, reference = colors(6), colors(7)
    matched = matched_colors(pixels, reference, "symmetric")
    turned = matched_colors(pixels[:, ::-1], reference[:, ::-1], "symmetric")
    np.testing.assert_allclose(turned[:, ::-1], matched, rtol=1e-9)


def test_luminance_matches_the_references_mean_and_deviation() -> None:
    pixels, reference = colors(8), colors(9)
    scale, offset = luminance_map(pixels, reference)
    matched = scale * pixels @ [0.299, 0.587, 0.114] + offset
    y = reference @ [0.299, 0.587, 0.114]
    assert matched.mean() == pytest.approx(y.mean())
    assert matched.std() == pytest.approx(y.std())
    assert scale > 0


def test_luminance_is_that_of_yiq(style: np.ndarray) -> None:
    np.testing.assert_allclose(luminance(style), 255 * rgb2yiq(style)[..., 0], rtol=1e-6)


@pytest.mark.parametrize("color", COLOR_MODES)
def test_equal_images_do_not_change(content: np.ndarray, color: str) -> None:
    seen = color_mode(color).prepare(content)
    matched = color_mode(color).match(content, content)
    assert matched.dtype == seen.dtype == np.uint8
    np.testing.assert_array_equal(matched, seen)
    if color != "luminance":
        np.testing.assert_array_equal(seen, content)


def test_mode_style_keeps_the_styles_colors(content: np.ndarray, style: np.ndarray) -> None:
    np.testing.assert_array_equal(color_mode("style").match(style, content), style)


@pytest.mark.parametrize("color", ["cholesky", "symmetric", "histogram"])
def test_the_style_gets_the_contents_colors(
    content: np.ndarray, style: np.ndarray, color: str
) -> None:
    matched = color_mode(color).match(style, content)
    assert matched.shape == style.shape
    distance = np.abs(matched.mean((0, 1)) - content.mean((0, 1))).max()
    assert distance < 0.2 * np.abs(style.mean((0, 1)) - content.mean((0, 1))).max()
    assert color_mode(color).prepare(content) is content


def test_a_histogram_is_matched_by_rank() -> None:
    style = np.array([0, 10, 20, 30], np.uint8).reshape(2, 2, 1).repeat(3, axis=-1)
    content = np.array([250, 90, 40, 200], np.uint8).reshape(4, 1, 1).repeat(3, axis=-1)
    matched = color_mode("histogram").match(style, content)
    np.testing.assert_array_equal(matched[..., 0], [[40, 90], [200, 250]])


def test_a_shared_value_maps_to_the_middle_of_its_ranks() -> None:
    content = np.arange(101, dtype=np.uint8).reshape(101, 1, 1).repeat(3, axis=-1)
    half = np.zeros((10, 10, 3), np.uint8)
    half[5:] = 255
    matched = color_mode("histogram").match(half, content)
    np.testing.assert_allclose(matched[[0, 9], 0, 0], [25, 75], atol=1)


@pytest.mark.parametrize("color", CHANGING)
@pytest.mark.parametrize(
    ("style_color", "content_color"),
    [((10, 200, 90), (240, 30, 60)), ((0, 0, 0), (255, 255, 255)), ((50, 50, 50), (50, 50, 50))],
)
def test_images_of_one_color(
    style_color: tuple[int, ...], content_color: tuple[int, ...], color: str
) -> None:
    content = one_color(*content_color)
    matched = color_mode(color).match(one_color(*style_color), content)
    np.testing.assert_array_equal(matched, color_mode(color).prepare(content)[:6, :7])


@pytest.mark.parametrize("form", FORMS)
def test_the_colors_of_a_gray_style_stay_on_a_line(content: np.ndarray, form: str) -> None:
    ramp = np.arange(256.0)[:, None].repeat(3, axis=1)
    matched = matched_colors(ramp, content.reshape(-1, 3), form)
    np.testing.assert_allclose(matched.mean(axis=0), content.reshape(-1, 3).mean(axis=0), rtol=1e-6)
    # The colors stay on one line, as before.
    deviation = matched - matched.mean(axis=0)
    assert np.linalg.matrix_rank(deviation, tol=1e-3) == 1


@pytest.mark.parametrize("color", CHANGING)
def test_only_masked_pixels_count(content: np.ndarray, style: np.ndarray, color: str) -> None:
    style_mask, content_mask = np.zeros(style.shape[:2]), np.zeros(content.shape[:2])
    style_mask[4:20, 2:12] = 1
    content_mask[3:18, 5:20] = 0.5
    other_style, other_content = style.copy(), content.copy()
    other_style[style_mask < 0.5] = (255, 0, 80)
    other_content[content_mask < 0.5] = (0, 255, 3)
    matched = color_mode(color).match(style, content, style_mask, content_mask)
    other = color_mode(color).match(other_style, other_content, style_mask, content_mask)
    counted = style_mask >= 0.5
    np.testing.assert_array_equal(matched[counted], other[counted])
    alone = color_mode(color).match(style[4:20, 2:12], content[3:18, 5:20])
    np.testing.assert_array_equal(matched[4:20, 2:12], alone)
    changed = (matched != style).any(axis=-1)[~counted]
    assert changed.any() == (color != "histogram")


@pytest.mark.parametrize("color", CHANGING)
def test_an_empty_mask_counts_everywhere(
    content: np.ndarray, style: np.ndarray, color: str
) -> None:
    matched = color_mode(color).match(
        style, content, np.full(style.shape[:2], 0.4), np.zeros(content.shape[:2])
    )
    np.testing.assert_array_equal(matched, color_mode(color).match(style, content))


def test_restored_colors_have_the_images_luminance_and_the_contents_chroma() -> None:
    generator = np.random.default_rng(0)
    # Colors of medium brightness, so that nothing is clipped.
    image = generator.integers(100, 150, (9, 8, 3)).astype(np.uint8)
    content = generator.integers(100, 150, (9, 8, 3)).astype(np.uint8)
    restored = 255 * rgb2yiq(color_mode("luminance").present(image, content))
    np.testing.assert_allclose(restored[..., 0], 255 * rgb2yiq(image)[..., 0], atol=0.5)
    np.testing.assert_allclose(restored[..., 1:], 255 * rgb2yiq(content)[..., 1:], atol=0.6)


def test_restoring_the_colors_of_a_gray_content_leaves_gray(style: np.ndarray) -> None:
    gray = np.arange(24 * 18, dtype=np.int64).reshape(24, 18, 1).repeat(3, axis=-1) % 256
    restored = color_mode("luminance").present(style, gray.astype(np.uint8))
    assert (restored == restored[..., :1]).all()


def test_the_contents_own_luminance_restores_the_content(content: np.ndarray) -> None:
    restored = color_mode("luminance").present(color_mode("luminance").prepare(content), content)
    assert np.abs(restored.astype(int) - content).max() <= 1
    np.testing.assert_array_equal(color_mode("luminance").present(content, content), content)


def test_placed_colors_have_the_lightness_of_the_image_and_the_chroma_of_the_style() -> None:
    # Smooth and with little chroma, so that the filter changes little and nothing is clipped.
    down, across = np.mgrid[0:64, 0:80] / 80
    content = np.stack([120 + 20 * down, 125 + 10 * across, 130 - 20 * across], -1).astype(np.uint8)
    style = np.stack([110 + 40 * across, 120 + 0 * down, 150 - 30 * down], -1).astype(np.uint8)
    image = np.stack([100 + 60 * down] * 3, -1).astype(np.uint8)
    placed = color_mode("placed").present(image, content, [StyleImage(style)])
    lab, image_lab, style_lab = map(to_oklab, (placed, image, style))
    np.testing.assert_allclose(lab[..., 0], image_lab[..., 0], atol=0.003)
    for channel in (1, 2):
        assert lab[..., channel].mean() == pytest.approx(style_lab[..., channel].mean(), abs=0.001)
        assert lab[..., channel].std() == pytest.approx(style_lab[..., channel].std(), rel=0.1)


def test_placing_a_contents_own_colors_changes_nothing(content: np.ndarray) -> None:
    flat = np.full_like(content, (200, 90, 60))
    placed = color_mode("placed").present(flat, flat, [StyleImage(flat)])
    assert np.abs(placed.astype(int) - flat).max() <= 1


def test_oklab_of_known_colors_and_back() -> None:
    known = {
        (255, 255, 255): (1, 0, 0),
        (0, 0, 0): (0, 0, 0),
        (255, 0, 0): (0.62796, 0.22486, 0.12585),
        (0, 0, 255): (0.45201, -0.03246, -0.31153),
    }
    for rgb, lab in known.items():
        np.testing.assert_allclose(to_oklab(np.array(rgb)), lab, atol=2e-4)
    every = np.random.default_rng(0).integers(0, 256, (500, 3))
    np.testing.assert_allclose(from_oklab(to_oklab(every)), every, atol=1e-3)


def test_the_guided_filter_keeps_the_guides_edges_and_smooths_the_rest() -> None:
    guide = np.zeros((20, 30))
    guide[:, 15:] = 1
    noise = 0.1 * np.random.default_rng(0).normal(size=guide.shape)
    filtered = guided_filter(5 * guide + noise, guide, radius=4, smoothing=1e-4)
    assert filtered[:, 14].max() < 0.2
    assert filtered[:, 15].min() > 4.8
    assert (filtered - 5 * guide).std() < 0.4 * noise.std()
    np.testing.assert_allclose(guided_filter(guide, guide, 3, 1e-12), guide, atol=1e-6)


def test_errors_list_the_modes(content: np.ndarray) -> None:
    assert [color_mode(color).name for color in COLOR_MODES] == list(COLOR_MODES)
    with pytest.raises(ValueError, match="symmetric, histogram, placed.*Did you mean 'cholesky'"):
        color_mode("cholesk").match(content, content)
    with pytest.raises(ValueError, match="color='red'"):
        color_mode("red").prepare(content)
    with pytest.raises(ValueError, match="'cholesky' or 'symmetric'. Received: form='luminance'"):
        matched_colors(colors(0), colors(1), "luminance")
    with pytest.raises(ValueError, match=r"content_mask .* \(20, 26\). Received: shape \(3, 3\)"):
        color_mode("histogram").match(content, content, content_mask=np.ones((3, 3)))
