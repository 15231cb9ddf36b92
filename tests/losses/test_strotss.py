"""The losses of STROTSS: hypercolumns, means and covariances, and the color palette."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops
from loss_values import features
from scipy.ndimage import map_coordinates

from nst_framework import (
    ColorPaletteLoss,
    HypercolumnLoss,
    Loss,
    MeanCovarianceLoss,
    NeuralNeighborsLoss,
    RelaxedEarthMoverLoss,
    SelfSimilarityLoss,
    StyleLoss,
)
from nst_framework.losses.hypercolumn import interpolate


@pytest.mark.usefixtures("float64")
def test_interpolation_agrees_with_scipy() -> None:
    array = features(5, 7, 3, seed=0)
    generator = np.random.default_rng(1)
    rows, columns = generator.uniform(0, 1, (2, 40))
    found = ops.convert_to_numpy(interpolate(ops.convert_to_tensor(array), rows, columns))
    for channel in range(3):
        expected = map_coordinates(
            array[0, ..., channel], [rows * 5 - 0.5, columns * 7 - 0.5], order=1, mode="nearest"
        )
        np.testing.assert_allclose(found[:, channel], expected)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("loss", [RelaxedEarthMoverLoss(), StyleLoss(), MeanCovarianceLoss()])
def test_hypercolumns_of_equally_large_layers_concatenate_their_channels(loss: Loss) -> None:
    names, factors = ["first", "second"], [2.0, 0.5]
    image, style = (
        {name: features(4, 6, 3, seed=seed + number) for number, name in enumerate(names)}
        for seed in (0, 10)
    )
    hypercolumns = HypercolumnLoss(loss, names, factors)
    found = hypercolumns(image, hypercolumns.represent_layers(style))
    together = [
        np.concatenate([f * each[name] for name, f in zip(names, factors, strict=True)], axis=-1)
        for each in (image, style)
    ]
    expected = loss.compare(*(loss.represent(ops.convert_to_tensor(each)) for each in together))
    assert float(found) == pytest.approx(float(expected))
    assert hypercolumns.default_weight == loss.default_weight


def test_positions_correspond_across_layers_of_different_sizes() -> None:
    # Features that encode their own position, at three resolutions.
    fine, coarse, coarsest = (
        np.stack(np.mgrid[0:height, 0 : 2 * height], -1)[None] * (24 / height) + 12 / height
        for height in (24, 12, 6)
    )
    loss = HypercolumnLoss(
        SelfSimilarityLoss(), ["a", "b", "c"], [1.0, 1.0, 1.0], samples=50, seed=4
    )
    layers = {"a": fine, "b": coarse, "c": coarsest}
    rows = np.linspace(0.2, 0.8, 9)
    for array in layers.values():
        tensor = ops.convert_to_tensor(array.astype(np.float32))
        found = ops.convert_to_numpy(interpolate(tensor, rows, rows))
        np.testing.assert_allclose(found[:, 0], 24 * rows, rtol=1e-5)
        np.testing.assert_allclose(found[:, 1], 48 * rows, rtol=1e-5)
    statistic = loss.represent_layers(
        {name: ops.convert_to_tensor(a) for name, a in layers.items()}
    )
    assert list(statistic) == ["a"]
    assert statistic["a"].shape[0] == statistic["a"].shape[1] <= 50


def test_hypercolumns_accept_a_loss_by_name_and_a_configuration() -> None:
    loss = HypercolumnLoss("mean_covariance_loss", ["a", "image"], samples=7, seed=3, name="m")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert isinstance(again.loss, MeanCovarianceLoss)
    assert again.get_config() == loss.get_config()
    assert loss.layer_weights == {"a": 1 / 57, "image": 1 / 255}


@pytest.mark.parametrize("loss", [NeuralNeighborsLoss(), HypercolumnLoss(), 3])
def test_hypercolumns_refuse_losses_that_relate_layers(loss: object) -> None:
    with pytest.raises(ValueError, match="a loss that treats layers separately"):
        HypercolumnLoss(loss)  # type: ignore[arg-type]


@pytest.mark.usefixtures("float64")
def test_mean_and_covariance_of_shifted_and_scaled_features() -> None:
    array = features(6, 8, 3, seed=0)
    loss = MeanCovarianceLoss(["layer"])

    def distance(other: np.ndarray) -> float:
        statistics = [loss.represent(ops.convert_to_tensor(each)) for each in (other, array)]
        return float(loss.compare(*statistics))

    assert distance(array + np.array([1.0, -2.0, 0.0])) == pytest.approx(1)
    centered = array - array.mean(axis=(0, 1, 2))
    covariance = np.cov(array.reshape(-1, 3), rowvar=False, bias=True)
    stretched = centered * 2 + array.mean(axis=(0, 1, 2))
    assert distance(stretched) == pytest.approx(3 * np.abs(covariance).mean())


@pytest.mark.usefixtures("float64")
def test_the_palette_loss_is_the_distance_to_the_missing_color() -> None:
    loss = ColorPaletteLoss()
    gray, dark = np.full((1, 2, 2, 3), 200.0), np.full((1, 2, 2, 3), 200.0)
    dark[0, 0, 0] = 100.0

    def distance(first: np.ndarray, second: np.ndarray) -> float:
        statistics = [loss.represent(ops.convert_to_tensor(each)) for each in (first, second)]
        return float(loss.compare(*statistics))

    # Both are gray, so the cosine is 1; a quarter of the colors differ by 100.
    assert distance(gray, dark) == pytest.approx(100 / 255 / 4, rel=0.01)
    assert distance(dark, gray) == pytest.approx(100 / 255 / 4, rel=0.01)
    assert distance(dark, dark) == pytest.approx(0, abs=1e-5)
