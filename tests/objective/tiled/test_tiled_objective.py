"""An image evaluated in tiles has the value and gradient of the whole image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, compile_tiny, tiny_losses
from keras import ops

from nst_framework import (
    ChannelMomentsLoss,
    ContentLoss,
    FeatureExtractor,
    GaussianWassersteinLoss,
    LaplacianLoss,
    Loss,
    Objective,
    PolynomialMMDLoss,
    Recipe,
    ShiftedGramLoss,
    StyleLoss,
    TiledObjective,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
)


def random_image(height: int, width: int, seed: int) -> np.ndarray:
    """Color patches with noise, so that all layers have nonzero features."""
    generator = np.random.default_rng(seed)
    patches = generator.uniform(0, 255, (height // 8 + 1, width // 8 + 1, 3))
    image = patches.repeat(8, 0).repeat(8, 1)[:height, :width]
    return np.clip(image + generator.normal(0, 20, image.shape), 0, 255)[None].astype(np.float32)


def assert_equal_to_the_whole(
    extractor: FeatureExtractor,
    losses: Sequence[Loss],
    weights: dict[str, float],
    shape: tuple[int, int],
    tile_size: int,
    tolerance: float = 1e-5,
) -> None:
    content, style = random_image(*shape, 0), random_image(shape[0] + 21, shape[1] - 10, 1)
    image = random_image(*shape, 2)
    whole = Objective(Recipe(extractor, losses, weights), content, style)(image)
    tiled = TiledObjective(Recipe(extractor, losses, weights), content, style, tile_size=tile_size)(
        image
    )
    assert tiled.loss == pytest.approx(whole.loss, rel=tolerance)
    assert tiled.terms == pytest.approx(whole.terms, rel=tolerance)
    error = np.linalg.norm(tiled.gradient - whole.gradient) / np.linalg.norm(whole.gradient)
    assert error < tolerance
    worst = np.abs(tiled.gradient - whole.gradient).max() / np.abs(whole.gradient).max()
    assert worst < tolerance, "no pixel at a border or a seam differs"


@pytest.mark.parametrize(("shape", "tile_size"), [((150, 171), 96), ((90, 70), 1000)])
def test_vgg16_in_tiles_that_do_not_divide_the_image(
    shape: tuple[int, int], tile_size: int
) -> None:
    losses = [ContentLoss(), StyleLoss(), TotalVariationLoss(), TotalVariationLoss(1.0, name="tv")]
    weights = {loss.name: loss.default_weight for loss in losses}
    assert_equal_to_the_whole(VGG16FeatureExtractor(), losses, weights, shape, tile_size)


@pytest.mark.parametrize(
    ("shape", "tile_size"), [((9, 12), 2), ((50, 70), 33), ((65, 33), 16), ((64, 64), 16)]
)
def test_every_shape_with_a_small_network(shape: tuple[int, int], tile_size: int) -> None:
    assert_equal_to_the_whole(TinyExtractor(), tiny_losses(), TINY_WEIGHTS, shape, tile_size)


@pytest.mark.parametrize(
    "loss",
    [
        ChannelMomentsLoss(["first", "second"]),
        GaussianWassersteinLoss(["first", "second"]),
        LaplacianLoss(pooling=2),
        LaplacianLoss(pooling=5),
        PolynomialMMDLoss(["first", "second"], offset=2.0),
        ShiftedGramLoss(["first", "second"]),
    ],
    ids=lambda loss: f"{loss.name}-{loss.window}",
)
def test_losses_that_are_means_over_positions(loss: Loss) -> None:
    for shape, tile_size in (((50, 70), 33), ((65, 33), 16)):
        arguments = TinyExtractor(), [loss], {loss.name: 1.0}
        assert_equal_to_the_whole(*arguments, shape, tile_size, tolerance=1e-4)


class Moments(Loss):
    """A loss whose statistic is a nested structure of means, on three layers with the image."""

    mean_over_positions = "represent"

    def __init__(self) -> None:
        super().__init__(["image", "first", "second"], target="content")

    def represent(self, features: Any) -> Any:
        mean = ops.mean(features, axis=(0, 1, 2))
        return {"first": mean, "second": [ops.mean(features**2, axis=(0, 1, 2))]}

    def compare(self, actual: Any, target: Any) -> Any:
        variance = actual["second"][0] - actual["first"] ** 2
        return ops.mean((variance - target["second"][0]) ** 2 + actual["first"] ** 2)


def test_a_statistic_that_is_a_nested_structure() -> None:
    losses = [Moments()]
    assert_equal_to_the_whole(TinyExtractor(), losses, {"moments": 1.0}, (50, 70), 16)


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch compiles nothing")
def test_no_tile_is_compiled_twice() -> None:
    class Counting(TinyExtractor):
        calls = 0

        def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
            self.calls += 1
            return super().call(image, layers)

    extractor = Counting()
    image = random_image(96, 96, 0)
    objective = TiledObjective(
        Recipe(extractor, tiny_losses(), TINY_WEIGHTS), image, image, tile_size=16
    )
    objective(image)
    before = extractor.calls
    for _ in range(3):
        objective(image)
    assert extractor.calls == before


class Whole(ContentLoss):
    """A loss that does not declare a mean over positions."""

    mean_over_positions = None


def test_the_error_for_a_loss_that_is_not_a_mean_says_what_to_do(
    content: np.ndarray, style: np.ndarray
) -> None:
    trainer = Trainer(TinyExtractor())
    arguments = {"size": None, "epochs": 1, "steps_per_epoch": 1, "verbose": 0}

    def fit_in_tiles_of(tile_size: int | str | None) -> None:
        trainer.compile([Whole(["first"])], precision="float32", tile_size=tile_size)
        trainer.fit(content, style, **arguments)

    with pytest.raises(ValueError, match=r"Whole.*mean_over_positions.*tile_size=None"):
        fit_in_tiles_of(32)
    fit_in_tiles_of(None)
    fit_in_tiles_of("auto")


class StyleByPosition(Loss):
    """Compares with the style position by position."""

    mean_over_positions = "compare"

    def __init__(self) -> None:
        super().__init__(["first"], target="style")

    def compare(self, actual: Any, target: Any) -> Any:
        return ops.mean((actual - target) ** 2)


def test_a_style_of_another_size_is_refused_if_a_loss_compares_positions(
    trainer: Trainer, fit_arguments: dict[str, Any]
) -> None:
    class SizedStyle(StyleByPosition):
        target_size_may_differ = False

    trainer.compile([SizedStyle()])
    message = r"style image of the content's size, 26 x 20 pixels.*SizedStyle.*18 x 24"
    with pytest.raises(ValueError, match=message):
        trainer.fit(**fit_arguments)


def test_features_that_are_compared_by_position_need_images_of_one_size() -> None:
    recipe = Recipe(TinyExtractor(), [StyleByPosition()], {"style_by_position": 1.0})
    image = random_image(40, 40, 0)
    with pytest.raises(ValueError, match=r"style image of the content's size.*StyleByPosition"):
        TiledObjective(recipe, image, random_image(40, 30, 1), tile_size=16)
    evaluation = TiledObjective(recipe, image, image, tile_size=16)(image)
    assert evaluation.loss == 0


@pytest.mark.parametrize("tile_size", ["all", 0, 2.5])
def test_bad_tile_sizes(tile_size: Any, trainer: Trainer) -> None:
    with pytest.raises(ValueError, match=r"tile_size.*Received"):
        compile_tiny(trainer, tile_size=tile_size)
