"""The softmax over channels; everything else is delegated to the wrapped network."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import TinyExtractor
from keras import ops

from nst_framework import Objective, Recipe, SoftmaxSmoothing, StyleLoss, TiledObjective


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 255, (1, 24, 28, 3)).astype(np.float32)


def test_features_are_the_softmax_times_the_channels(
    tiny_extractor: TinyExtractor, image: np.ndarray
) -> None:
    tensor = ops.convert_to_tensor(image)
    before = np.asarray(tiny_extractor(tensor, ["second"])["second"]).astype(np.float64)
    features = SoftmaxSmoothing(tiny_extractor)(tensor, ["second"])["second"]
    expected = 8 * np.exp(before) / np.exp(before).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(features, expected, rtol=1e-4)
    np.testing.assert_allclose(np.asarray(features).mean(axis=-1), 1.0, rtol=1e-5)


def test_a_peak_is_lowered_without_overflow() -> None:
    class Peak(TinyExtractor):
        def call(self, image: object, layers: object) -> dict[str, object]:
            return {"first": ops.convert_to_tensor([[[[0.0, 1000.0]]]])}

    features = SoftmaxSmoothing(Peak())(ops.zeros((1, 1, 1, 3)), ["first"])["first"]
    np.testing.assert_allclose(features, [[[[0.0, 2.0]]]])


def test_only_the_given_layers_are_smoothed(
    tiny_extractor: TinyExtractor, image: np.ndarray
) -> None:
    tensor = ops.convert_to_tensor(image)
    features = SoftmaxSmoothing(tiny_extractor, ["second"])(tensor, ["second", "first"])
    plain = tiny_extractor(tensor, ["first"])["first"]
    np.testing.assert_array_equal(features["first"], plain)
    np.testing.assert_allclose(np.asarray(features["second"]).mean(axis=-1), 1.0, rtol=1e-5)


def test_tiles_give_the_gradient_of_the_whole_image(
    tiny_extractor: TinyExtractor, image: np.ndarray
) -> None:
    style = image[:, ::-1].copy()
    loss = StyleLoss(["first", "second"])
    recipe = Recipe(SoftmaxSmoothing(tiny_extractor), [loss], {loss.name: 1e6})
    arguments = recipe, image * 0.5, style
    whole, tiled = Objective(*arguments)(image), TiledObjective(*arguments, tile_size=10)(image)
    assert tiled.loss == pytest.approx(whole.loss, rel=1e-4)
    np.testing.assert_allclose(
        tiled.gradient, whole.gradient, atol=1e-4 * np.abs(whole.gradient).max()
    )


def test_the_rest_comes_from_the_other_extractor(tiny_extractor: TinyExtractor) -> None:
    smoothing = SoftmaxSmoothing(tiny_extractor, ["second"])
    assert smoothing.layer_names == tiny_extractor.layer_names
    assert smoothing.minimum_size(["second"]) == 2
    assert smoothing.receptive_field("second") == tiny_extractor.receptive_field("second")
    assert smoothing.values_per_pixel(["first"]) == tiny_extractor.values_per_pixel(["first"])


def test_bad_arguments(tiny_extractor: TinyExtractor) -> None:
    with pytest.raises(ValueError, match="Expected a FeatureExtractor.*'vgg'.*KerasFeature"):
        SoftmaxSmoothing("vgg")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"Write layers=\['second'\]"):
        SoftmaxSmoothing(tiny_extractor, "second")
    with pytest.raises(ValueError, match="Did you mean 'second'"):
        SoftmaxSmoothing(tiny_extractor, ["secand"])
