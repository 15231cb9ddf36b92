"""Several styles and regions, compared with known results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses
from keras import ops

from nst_framework import (
    ChainedGramLoss,
    ChannelMomentsLoss,
    ContentLoss,
    GaussianWassersteinLoss,
    HistogramLoss,
    Loss,
    MarkovRandomFieldLoss,
    Objective,
    PolynomialMMDLoss,
    Recipe,
    RelaxedEarthMoverLoss,
    ShiftedGramLoss,
    SlicedWassersteinLoss,
    StyleImage,
    StyleLoss,
    TiledObjective,
    gram_matrix,
)
from nst_framework.objective.masks import LEVELS, guided_part, mask_levels

LAYERS = ["first", "second"]


def random_image(height: int, width: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    patches = generator.uniform(0, 255, (height // 4 + 1, width // 4 + 1, 3))
    return patches.repeat(4, 0).repeat(4, 1)[:height, :width].astype(np.uint8)


def batch(image: np.ndarray) -> np.ndarray:
    return image[None].astype(np.float32)


CONTENT, IMAGE = random_image(24, 32, 0), batch(random_image(24, 32, 1))
FIRST, SECOND = random_image(20, 28, 2), random_image(30, 16, 3)


def evaluate(styles: Any, losses: Any = None, weights: Any = None) -> Any:
    losses, weights = losses or tiny_losses(), weights or TINY_WEIGHTS
    return Objective(Recipe(TinyExtractor(), losses, weights), batch(CONTENT), styles)(IMAGE)


def half(height: int, width: int) -> np.ndarray:
    """A mask of the left half, at a multiple of all strides."""
    mask = np.zeros((height, width), np.float32)
    mask[:, : width // 4 * 2] = 1
    return mask


def soft(height: int, width: int) -> np.ndarray:
    """A gradient from black to white."""
    return np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))


GUIDABLE = [
    StyleLoss(LAYERS),
    ChannelMomentsLoss(LAYERS),
    GaussianWassersteinLoss(LAYERS),
    HistogramLoss(LAYERS),
    PolynomialMMDLoss(LAYERS, offset=1.0),
    RelaxedEarthMoverLoss(LAYERS),
    ShiftedGramLoss(LAYERS),
    SlicedWassersteinLoss(LAYERS),
]


def test_one_style_twice_at_half_weight_is_that_style_once() -> None:
    once = evaluate([StyleImage(FIRST)])
    twice = evaluate([StyleImage(FIRST, 0.5), StyleImage(FIRST, 0.5)])
    assert twice.terms == pytest.approx(once.terms, rel=1e-6)
    np.testing.assert_allclose(twice.gradient, once.gradient, rtol=1e-4, atol=1e-9)


def test_two_styles_are_the_weighted_sum_of_both() -> None:
    both = evaluate([StyleImage(FIRST, 0.7), StyleImage(SECOND, 0.3)]).terms["style_loss"]
    each = [evaluate([StyleImage(style)]).terms["style_loss"] for style in (FIRST, SECOND)]
    assert both == pytest.approx(0.7 * each[0] + 0.3 * each[1], rel=1e-5)


@pytest.mark.parametrize("loss", GUIDABLE, ids=lambda loss: loss.name)
def test_a_white_mask_changes_nothing(loss: Loss) -> None:
    white = StyleImage(
        FIRST, 1.0, np.ones(FIRST.shape[:2], np.float32), np.ones(CONTENT.shape[:2], np.float32)
    )
    arguments = [loss], {loss.name: 1.0}
    plain, masked = evaluate(batch(FIRST), *arguments), evaluate([white], *arguments)
    assert masked.loss == plain.loss
    np.testing.assert_array_equal(masked.gradient, plain.gradient)


@pytest.mark.parametrize("loss", GUIDABLE, ids=lambda loss: loss.name)
def test_pixels_outside_the_masks_do_not_count(loss: Loss) -> None:
    """The features of the left half of both images are those of the cropped images."""

    class Pointwise(TinyExtractor):
        def call(self, image: Any, layers: Any) -> dict[str, Any]:
            kernel = ops.cast(self.kernels[0][1, 1], image.dtype)
            first = ops.relu(image @ kernel)
            second = ops.average_pool(first, 2, strides=2)
            return {layer: {"first": first, "second": second}[layer] for layer in layers}

    masked = StyleImage(FIRST, 1.0, half(20, 28), half(24, 32))
    recipe = Recipe(Pointwise(), [loss], {loss.name: 1.0})
    guided = Objective(recipe, batch(CONTENT), [masked])(IMAGE)
    cut = Objective(recipe, batch(CONTENT[:, :16]), batch(FIRST[:, :14]))(IMAGE[:, :, :16])
    assert guided.loss == pytest.approx(cut.loss, rel=1e-4)
    assert not guided.gradient[:, :, 16:].any()
    scale = np.abs(cut.gradient).max()
    np.testing.assert_allclose(guided.gradient[:, :, :16], cut.gradient, atol=1e-4 * scale)


def test_a_guided_gram_matrix_agrees_with_the_paper() -> None:
    generator = np.random.default_rng(0)
    features = generator.normal(size=(1, 6, 8, 5)).astype(np.float32)
    levels = generator.integers(0, LEVELS + 1, (6, 8)).astype(np.uint8)
    weights = levels.ravel() / levels.sum()
    guided = np.sqrt(weights)[:, None] * features.reshape(-1, 5)
    tensor = ops.convert_to_tensor(features)
    statistic = guided_part(StyleLoss(LAYERS), tensor, levels, levels.sum())
    np.testing.assert_allclose(statistic, guided.T @ guided, rtol=1e-5, atol=1e-6)
    flat = np.full((6, 8), 3, np.uint8)
    statistic = guided_part(StyleLoss(LAYERS), tensor, flat, flat.sum())
    np.testing.assert_array_equal(statistic, gram_matrix(tensor))


def test_levels_are_means_over_the_pixels_of_each_feature() -> None:
    mask = np.zeros((9, 7), np.float32)
    mask[:4, :3] = 1
    levels = mask_levels(mask, "second", (4, 3), TinyExtractor(), "the mask")
    np.testing.assert_array_equal(levels, [[8, 4, 0], [8, 4, 0], [0, 0, 0], [0, 0, 0]])


MEANS = [loss for loss in GUIDABLE if loss.mean_over_positions is not None]


# The layout of tiles does not depend on the loss, and JAX compiles twenty small ones slowly.
@pytest.mark.parametrize(
    ("loss", "tile_size"),
    [
        *((loss, 16) for loss in MEANS),
        (MEANS[0], 7),
        (MEANS[0], 1000),
        *(pytest.param(loss, 1000, marks=pytest.mark.slow) for loss in MEANS[1:]),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_regions_in_tiles_agree_with_the_whole_image(loss: Loss, tile_size: int) -> None:
    styles = [
        StyleImage(FIRST, 0.4, soft(20, 28), soft(24, 32)),
        StyleImage(SECOND, 0.3, None, half(24, 32)),
        StyleImage(FIRST, 0.2, half(20, 28), None),
        StyleImage(SECOND, 0.1),
    ]
    losses = [ContentLoss(["second"]), loss]
    recipe = Recipe(TinyExtractor(), losses, {"content_loss": 1.0, loss.name: 1.0})
    arguments = recipe, batch(CONTENT), styles
    whole = Objective(*arguments)(IMAGE)
    tiled = TiledObjective(*arguments, tile_size=tile_size)(IMAGE)
    assert tiled.terms == pytest.approx(whole.terms, rel=1e-4)
    error = np.abs(tiled.gradient - whole.gradient).max() / np.abs(whole.gradient).max()
    assert error < 1e-4


def test_the_gradient_through_soft_regions_agrees_with_finite_differences() -> None:
    styles = [StyleImage(FIRST, 0.6, None, soft(24, 32)), StyleImage(SECOND, 0.4, half(30, 16))]
    objective = Objective(
        Recipe(TinyExtractor(), tiny_losses(), TINY_WEIGHTS), batch(CONTENT), styles
    )
    gradient = objective(IMAGE).gradient
    # Along the gradient, float32 is precise enough for a difference.
    step = 0.5 * gradient / np.linalg.norm(gradient)
    difference = objective(IMAGE + step).loss - objective(IMAGE - step).loss
    assert difference == pytest.approx(2 * np.vdot(gradient, step), rel=1e-3)


@pytest.mark.parametrize("loss", [ChainedGramLoss(LAYERS), MarkovRandomFieldLoss(LAYERS)])
def test_losses_that_depend_on_the_order_of_positions_are_refused(loss: Loss) -> None:
    with pytest.raises(ValueError, match=rf"{type(loss).__name__}.*ignores_order"):
        evaluate([StyleImage(FIRST, 1.0, half(20, 28))], [loss], {loss.name: 1.0})


def test_masks_do_not_affect_losses_on_the_content() -> None:
    masked = evaluate([StyleImage(FIRST, 1.0, None, half(24, 32))])
    plain = evaluate(batch(FIRST))
    assert masked.terms["content_loss"] == plain.terms["content_loss"]
    assert masked.terms["style_loss"] != plain.terms["style_loss"]


def test_tiles_outside_all_regions_have_no_gradient() -> None:
    corner = np.zeros((24, 32), np.float32)
    corner[:4, :4] = 1
    styles = [StyleImage(FIRST, 1.0, None, corner)]
    recipe = Recipe(TinyExtractor(), [StyleLoss(LAYERS)], {"style_loss": 1.0})
    arguments = recipe, batch(CONTENT), styles
    whole, tiled = Objective(*arguments)(IMAGE), TiledObjective(*arguments, tile_size=8)(IMAGE)
    assert tiled.loss == pytest.approx(whole.loss, rel=1e-5)
    assert np.abs(tiled.gradient - whole.gradient).max() < 1e-4 * np.abs(whole.gradient).max()
    assert not tiled.gradient[:, 12:, 12:].any()


def test_a_region_that_is_too_small_for_a_layer_is_refused() -> None:
    dot = np.zeros((24, 32), np.float32)
    dot[3, 3] = 0.2
    with pytest.raises(ValueError, match=r"content mask of style 1.*'second'.*larger"):
        evaluate([StyleImage(FIRST, 1.0, None, dot)])
