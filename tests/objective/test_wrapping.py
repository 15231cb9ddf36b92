"""Tileable images, which continue at the opposite border."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import TinyExtractor, compile_tiny
from keras import ops

from nst_framework import (
    ContentLoss,
    LaplacianLoss,
    RandomFeatureExtractor,
    Recipe,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
)
from nst_framework.backend import as_numpy
from nst_framework.images.pixels import enlarge_tile
from nst_framework.objective.features import compute_features
from nst_framework.objective.whole import Objective
from nst_framework.objective.wrapping import wrapped_features

LAYERS = ("block1_conv2", "block3_conv1", "block5_conv1")


@pytest.fixture(scope="module")
def vgg() -> VGG16FeatureExtractor:
    return VGG16FeatureExtractor()


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (1, height, width, 3)).astype(np.float32)


def objective(extractor: Any, losses: list[Any], content: np.ndarray) -> Objective:
    weights = {loss.name: loss.default_weight for loss in losses}
    return Objective(Recipe(extractor, losses, weights, tileable=True), content, noise(64, 48, 1))


@pytest.mark.parametrize(("shape", "copies"), [((96, 64), 1), ((16, 32), 5)])
def test_features_agree_with_those_in_the_middle_of_many_copies(
    vgg: VGG16FeatureExtractor, shape: tuple[int, int], copies: int
) -> None:
    """Small images are narrower than the receptive field, which then covers several copies."""
    image = noise(*shape)
    wrapped = wrapped_features(vgg, ops.convert_to_tensor(image), LAYERS, None)
    around = np.tile(image, (1, 2 * copies + 1, 2 * copies + 1, 1))
    features = compute_features(vgg, ops.convert_to_tensor(around), LAYERS, None)
    for layer in LAYERS:
        height, width = wrapped[layer].shape[1:3]
        rows = slice(copies * height, (copies + 1) * height)
        columns = slice(copies * width, (copies + 1) * width)
        middle = as_numpy(features[layer])[:, rows, columns]
        own = as_numpy(wrapped[layer])
        np.testing.assert_allclose(own, middle, rtol=1e-4, atol=1e-4 * np.abs(middle).max())


@pytest.mark.parametrize("shift", [(16, 0), (-32, 48), (80, 16)])
def test_shifting_the_image_shifts_the_gradient(
    vgg: VGG16FeatureExtractor, shift: tuple[int, int]
) -> None:
    image, content = noise(96, 64), noise(96, 64, 2)
    losses = [ContentLoss(), StyleLoss(), TotalVariationLoss()]
    first = objective(vgg, losses, content)(image)

    def shifted(batch: Any) -> np.ndarray:
        return np.roll(ops.convert_to_numpy(batch), shift, axis=(1, 2))

    second = objective(vgg, losses, shifted(content))(shifted(image))
    assert second.loss == pytest.approx(first.loss, rel=1e-5)
    for name, value in first.terms.items():
        assert second.terms[name] == pytest.approx(value, rel=1e-5)
    moved = shifted(first.gradient)
    np.testing.assert_allclose(second.gradient, moved, atol=1e-3 * np.abs(moved).max())


def test_without_wrapping_the_gradient_depends_on_the_border(vgg: VGG16FeatureExtractor) -> None:
    image = noise(96, 64)
    recipe = Recipe(vgg, [StyleLoss()], {"style_loss": 1.0})
    evaluate = Objective(recipe, image, noise(64, 48, 1))
    moved = np.roll(evaluate(image).gradient, 32, axis=1)
    difference = evaluate(np.roll(image, 32, axis=1)).gradient - moved
    assert np.abs(difference).max() > 0.1 * np.abs(moved).max()


def test_the_total_variation_includes_differences_across_the_border() -> None:
    image = noise(8, 6)
    loss = TotalVariationLoss()
    evaluation = objective(TinyExtractor(), [loss], image)(image)
    differences = [np.roll(image, -1, axis) - image for axis in (1, 2)]
    expected = sum(np.square(each, dtype=np.float64) for each in differences).mean()
    assert evaluation.loss == pytest.approx(loss.default_weight * expected, rel=1e-5)


def test_windows_reach_across_the_border() -> None:
    image, content = noise(16, 32), noise(16, 32, 3)
    losses = [LaplacianLoss(pooling=2)]
    first = objective(TinyExtractor(), losses, content)(image)
    rolled = [np.roll(each, (4, 6), axis=(1, 2)) for each in (content, image)]
    second = objective(TinyExtractor(), losses, rolled[0])(rolled[1])
    assert second.loss == pytest.approx(first.loss, rel=1e-5)


def seams(image: np.ndarray) -> list[float]:
    """The mean difference across each border, divided by the largest between rows or columns."""
    pixels = image.astype(np.float64)
    ratios = []
    for axis in (0, 1):
        differences = np.abs(np.roll(pixels, -1, axis) - pixels).mean(axis=(1 - axis, 2))
        ratios.append(float(differences[-1] / differences[:-1].max()))
    return ratios


def test_a_texture_has_no_seam(vgg: VGG16FeatureExtractor) -> None:
    waves = np.sin(np.arange(64) / 5)[:, None] + np.sin(np.arange(64) / 7)
    style = np.repeat(128 + 60 * waves[..., None], 3, axis=2).astype(np.uint8)
    content = np.full((32, 48, 3), 128, np.uint8)

    def texture(tileable: bool) -> np.ndarray:
        trainer = Trainer(vgg)
        losses = [StyleLoss(["block1_conv1", "block2_conv1"]), TotalVariationLoss()]
        trainer.compile(losses, scales=(0.5, 1), precision="float32", tileable=tileable)
        arguments = {"size": None, "steps_per_epoch": 20, "initial_image": "noise", "verbose": 0}
        trainer.fit(content, style, **arguments)
        return trainer.image

    assert max(seams(texture(tileable=True))) < 1
    assert max(seams(texture(tileable=False))) > 1


def test_sides_are_multiples_of_the_stride(vgg: VGG16FeatureExtractor, style: np.ndarray) -> None:
    trainer = Trainer(vgg)
    trainer.compile([StyleLoss(["block3_conv1"])], tileable=True)
    content = np.zeros((70, 101, 3), np.uint8)
    trainer.fit(content, style, size=101, epochs=1, steps_per_epoch=1, verbose=0)
    assert trainer.image.shape == (72, 100, 3)


def test_an_enlarged_tile_stays_tileable() -> None:
    rows, columns = (2 * np.pi * np.arange(size) / size for size in (24, 32))
    tile = (128 + 60 * (np.sin(rows)[:, None] + np.cos(columns)))[..., None].repeat(3, 2)
    larger = enlarge_tile(tile.astype(np.uint8), (48, 64)).astype(float)
    rolled = np.roll(tile, (12, 16), axis=(0, 1)).astype(np.uint8)
    rolled_after = np.roll(larger, (24, 32), axis=(0, 1))
    np.testing.assert_allclose(enlarge_tile(rolled, (48, 64)), rolled_after, atol=1)
    assert max(seams(larger)) < 1.05


def test_unsupported_tileable_runs_are_refused(trainer: Trainer, content: np.ndarray) -> None:
    compile_tiny(trainer, tileable=True, tile_size=32)
    with pytest.raises(ValueError, match="tile_size=None, because a tileable image"):
        trainer.fit(content, content, epochs=1, steps_per_epoch=1, verbose=0)

    class Unknown(RandomFeatureExtractor):
        def receptive_field(self, layer: str) -> None:
            return None

    other = Trainer(Unknown())
    other.compile([StyleLoss(other.extractor.layer_names[:1])], tileable=True)
    with pytest.raises(ValueError, match="declares its receptive fields"):
        other.fit(content, content, epochs=1, steps_per_epoch=1, verbose=0)
