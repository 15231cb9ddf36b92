"""The losses of STROTSS: hypercolumns, means and covariances, and the palette of colours."""

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
def test_interpolation_is_scipys_of_the_first_order() -> None:
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
def test_hypercolumns_of_layers_of_one_size_are_their_channels_side_by_side(loss: Loss) -> None:
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


def test_positions_are_the_same_in_layers_of_other_sizes() -> None:
    # Features that say where they are, at three resolutions.
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


def test_hypercolumns_take_a_loss_by_name_and_are_made_again_from_a_configuration() -> None:
    loss = HypercolumnLoss("mean_covariance_loss", ["a", "image"], samples=7, seed=3, name="m")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert isinstance(again.loss, MeanCovarianceLoss)
    assert again.get_config() == loss.get_config()
    assert loss.layer_weights == {"a": 1 / 57, "image": 1 / 255}


@pytest.mark.parametrize("loss", [NeuralNeighborsLoss(), HypercolumnLoss(), 3])
def test_hypercolumns_refuse_what_relates_layers_itself(loss: object) -> None:
    with pytest.raises(ValueError, match="a loss that treats layers separately"):
        HypercolumnLoss(loss)  # type: ignore[arg-type]


@pytest.mark.usefixtures("float64")
def test_mean_and_covariance_of_a_shift_and_of_a_stretch() -> None:
    array = features(6, 8, 3, seed=0)
    loss = MeanCovarianceLoss(["layer"])

    def distance(other: np.ndarray) -> float:
        statistics = [loss.represent(ops.convert_to_tensor(each)) for each in (other, array)]
        return float(loss.compare(*statistics))

    assert distance(array + np.array([1.0, -2.0, 0.0])) == pytest.approx(1)
    centred = array - array.mean(axis=(0, 1, 2))
    covariance = np.cov(array.reshape(-1, 3), rowvar=False, bias=True)
    stretched = centred * 2 + array.mean(axis=(0, 1, 2))
    assert distance(stretched) == pytest.approx(3 * np.abs(covariance).mean())


@pytest.mark.usefixtures("float64")
def test_a_palette_costs_the_distance_of_the_colour_that_is_missing() -> None:
    loss = ColorPaletteLoss()
    grey, dark = np.full((1, 2, 2, 3), 200.0), np.full((1, 2, 2, 3), 200.0)
    dark[0, 0, 0] = 100.0

    def distance(first: np.ndarray, second: np.ndarray) -> float:
        statistics = [loss.represent(ops.convert_to_tensor(each)) for each in (first, second)]
        return float(loss.compare(*statistics))

    # Both are grey, so that the cosine says nothing; a quarter of the colours differ by 100.
    assert distance(grey, dark) == pytest.approx(100 / 255 / 4, rel=0.01)
    assert distance(dark, grey) == pytest.approx(100 / 255 / 4, rel=0.01)
    assert distance(dark, dark) == pytest.approx(0, abs=1e-5)
