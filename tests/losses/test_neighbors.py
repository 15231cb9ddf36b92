"""Losses that search for the style's nearest features, compared with brute force in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from keras import ops
from loss_values import features, shuffle

from nst_framework import FeatureSplittingLoss, NeuralNeighborsLoss

LAYERS = ("first", "second")


def two_layers(seed: int, height: int = 12, width: int = 16) -> dict[str, np.ndarray]:
    """Nonnegative features of two layers, the second at half the resolution."""
    return {
        "first": np.maximum(features(height, width, 4, seed=seed), 0),
        "second": np.maximum(features(height // 2, width // 2, 6, seed=seed + 100), 0),
    }


def directions(points: np.ndarray) -> np.ndarray:
    centered = points - points.mean(axis=0)
    return centered / np.linalg.norm(centered, axis=1, keepdims=True)


def hypercolumns(loss: NeuralNeighborsLoss, seed: int) -> dict[str, Any]:
    return loss.represent_layers(
        {name: ops.convert_to_tensor(value) for name, value in two_layers(seed).items()}
    )


def arrays(statistics: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {layer: ops.convert_to_numpy(value) for layer, value in statistics.items()}


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("share", [0.0, 0.75, 1.0])
def test_the_target_is_the_nearest_hypercolumn_of_the_style(share: float) -> None:
    loss = NeuralNeighborsLoss(LAYERS, content_share=share)
    content, style, image = (hypercolumns(loss, seed) for seed in (0, 1, 2))
    found = loss.prepare(style, content, image)
    whole = {
        name: np.concatenate([arrays(each)[layer] for layer in LAYERS], axis=1)
        for name, each in (("content", content), ("style", style), ("image", image))
    }
    wanted = directions(share * whole["content"] + (1 - share) * whole["image"])
    nearest = np.argmax(wanted @ directions(whole["style"]).T, axis=1)
    assert len(set(nearest)) > 3
    for layer in LAYERS:
        np.testing.assert_array_equal(arrays(found)[layer], arrays(style)[layer][nearest])
    target = whole["style"][nearest]
    lengths = np.linalg.norm(whole["image"], axis=1) * np.linalg.norm(target, axis=1)
    cosine = np.sum(whole["image"] * target, axis=1) / lengths
    assert float(loss.compare_layers(image, found)) == pytest.approx(np.mean(1 - cosine))


@pytest.mark.usefixtures("float64")
def test_a_content_composed_of_the_style_finds_itself() -> None:
    loss = NeuralNeighborsLoss(LAYERS)
    style = hypercolumns(loss, seed=1)
    order = np.random.default_rng(0).permutation(len(style["first"]))
    content = {layer: ops.take(style[layer], order, axis=0) for layer in LAYERS}
    found = loss.prepare(style, content, content)
    assert float(loss.compare_layers(content, found)) == pytest.approx(0, abs=1e-9)


@pytest.mark.usefixtures("float64")
def test_hypercolumns_are_a_quarter_of_the_image_and_layers_count_equally() -> None:
    constant = {"first": np.full((1, 12, 16, 4), 3.0), "second": np.full((1, 6, 8, 6), 3.0)}
    columns = NeuralNeighborsLoss(LAYERS).represent_layers(
        {name: ops.convert_to_tensor(value) for name, value in constant.items()}
    )
    assert [tuple(columns[layer].shape) for layer in LAYERS] == [(12, 4), (12, 6)]
    for layer in LAYERS:
        sums = ops.convert_to_numpy(ops.sum(columns[layer], axis=1))
        np.testing.assert_allclose(sums, 3.0 / 2)


def test_a_share_above_1_is_refused() -> None:
    with pytest.raises(ValueError, match=r"content_share=1\.5"):
        NeuralNeighborsLoss(content_share=1.5)


@pytest.mark.usefixtures("float64")
def test_feature_splitting_finds_the_nearest_feature_of_each_layer() -> None:
    loss = FeatureSplittingLoss(["layer"])
    actual, target = features(6, 7, 5, seed=0), features(8, 5, 5, seed=1)
    statistics = [loss.represent(ops.convert_to_tensor(each)) for each in (actual, target)]
    first, second = (directions(each.reshape(-1, 5)) for each in (actual, target))
    expected = np.mean(1 - (first @ second.T).max(axis=1))
    assert float(loss.compare(*statistics)) == pytest.approx(expected)
    elsewhere = loss.represent(ops.convert_to_tensor(shuffle(target)))
    assert float(loss.compare(statistics[0], elsewhere)) == pytest.approx(expected)


@pytest.mark.parametrize(("channels", "samples"), [(128, 12), (129, 24)])
def test_joined_sets_are_no_larger_than_one(channels: int, samples: int) -> None:
    # Layers with few channels use half the samples.
    loss = FeatureSplittingLoss(["layer"], samples=24)
    parts = [
        loss.represent(ops.convert_to_tensor(features(12, 14, channels, seed=n))) for n in range(4)
    ]
    assert {part.shape[0] for part in parts} == {samples}
    assert loss.join(parts).shape[0] == samples
