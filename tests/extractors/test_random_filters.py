"""Random filters compared with an explicit convolution, also at the border and in tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras import ops

from nst_framework import (
    Objective,
    RandomFeatureExtractor,
    ReceptiveField,
    Recipe,
    StyleLoss,
    TiledObjective,
    TotalVariationLoss,
    Trainer,
)


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 255, (1, 12, 10, 3)).astype(np.float32)


def test_features_agree_with_an_explicit_convolution(image: np.ndarray) -> None:
    extractor = RandomFeatureExtractor(filters=2, sizes=(1, 5), seed=3)
    features = extractor(ops.convert_to_tensor(image), ["filters_5", "filters_1"])
    assert list(features) == ["filters_5", "filters_1"]
    for size in (1, 5):
        halo = size // 2
        kernel = np.asarray(extractor._kernels["float32"][f"filters_{size}"], dtype=np.float64)
        inputs = (image[0].astype(np.float64) - 127.5) / 127.5
        padded = np.pad(inputs, ((halo, halo), (halo, halo), (0, 0)), "symmetric")
        windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(0, 1))
        expected = np.maximum(np.einsum("yxcij,ijcf->yxf", windows, kernel), 0)
        np.testing.assert_allclose(features[f"filters_{size}"][0], expected, atol=1e-4)


def test_filters_have_the_variance_of_he_and_are_seeded() -> None:
    kernels = RandomFeatureExtractor(filters=64, sizes=(3, 11))._kernels["float32"]
    for size in (3, 11):
        kernel = np.asarray(kernels[f"filters_{size}"])
        assert kernel.var() == pytest.approx(2 / (3 * size**2), rel=0.05)
    alone = RandomFeatureExtractor(filters=64, sizes=(11,))._kernels["float32"]
    np.testing.assert_array_equal(alone["filters_11"], kernels["filters_11"])
    other = RandomFeatureExtractor(filters=64, sizes=(11,), seed=1)._kernels["float32"]
    assert (np.asarray(other["filters_11"]) != np.asarray(alone["filters_11"])).all()


def test_the_sizes_of_the_paper() -> None:
    sizes = (3, 5, 7, 11, 15, 23, 37, 55)
    extractor = RandomFeatureExtractor(filters=1, sizes=sizes)
    assert extractor.layer_names == tuple(f"filters_{size}" for size in sizes)
    assert extractor.minimum_size(["filters_3", "filters_55"]) == 27
    features = extractor(ops.zeros((1, 27, 30, 3)), ["filters_55"])["filters_55"]
    assert features.shape == (1, 27, 30, 1)
    assert extractor.values_per_pixel(["filters_3", "filters_5"]) == 4
    assert RandomFeatureExtractor(filters=1).sizes == sizes[:6]


def test_receptive_field() -> None:
    extractor = RandomFeatureExtractor(filters=1, sizes=(1, 7))
    assert extractor.receptive_field("filters_1") == ReceptiveField(1, 0)
    assert extractor.receptive_field("filters_7") == ReceptiveField(1, 3)


def test_tiles_give_the_gradient_of_the_whole_image() -> None:
    generator = np.random.default_rng(1)
    image, style = generator.uniform(0, 255, (2, 1, 40, 33, 3)).astype(np.float32)
    extractor = RandomFeatureExtractor(filters=4, sizes=(3, 11))
    loss = StyleLoss(extractor.layer_names)
    arguments = Recipe(extractor, [loss], {loss.name: 1e6}), image, style
    whole, tiled = Objective(*arguments)(image), TiledObjective(*arguments, tile_size=16)(image)
    assert tiled.loss == pytest.approx(whole.loss, rel=1e-4)
    np.testing.assert_allclose(
        tiled.gradient, whole.gradient, atol=1e-4 * np.abs(whole.gradient).max()
    )


def test_a_texture_without_a_trained_network(
    style: np.ndarray, fit_arguments: dict[str, Any]
) -> None:
    extractor = RandomFeatureExtractor(filters=8, sizes=(3, 7))
    trainer = Trainer(extractor)
    trainer.compile(
        [StyleLoss(extractor.layer_names), TotalVariationLoss()], loss_weights=[100.0, 1e-6]
    )
    arguments = {**fit_arguments, "steps_per_epoch": 20, "initial_image": "noise"}
    history = trainer.fit(**arguments, seed=0).history
    assert history["style_loss"][-1] < 0.05 * trainer.evaluate(trainer.content)["style_loss"]


def test_the_compute_dtype_is_used(image: np.ndarray) -> None:
    extractor = RandomFeatureExtractor(filters=4, sizes=(3,))
    extractor.prepare("bfloat16")
    tensor = ops.convert_to_tensor(image)
    short = extractor(tensor, ["filters_3"], compute_dtype="bfloat16")["filters_3"]
    full = extractor(tensor, ["filters_3"])["filters_3"]
    assert 0 < np.abs(np.asarray(short) - np.asarray(full)).max() < 0.05


def test_configuration_round_trip(image: np.ndarray) -> None:
    extractor = RandomFeatureExtractor(filters=3, sizes=(5, 3), seed=7)
    assert extractor.get_config() == {"filters": 3, "sizes": [5, 3], "seed": 7}
    again = RandomFeatureExtractor.from_config(extractor.get_config())
    tensor = ops.convert_to_tensor(image)
    one, other = (each(tensor, ["filters_5"])["filters_5"] for each in (extractor, again))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "arguments",
    [
        {"filters": 0},
        {"sizes": ()},
        {"sizes": (3, 3)},
        {"sizes": (4,)},
        {"sizes": (3.0,)},
        {"seed": -1},
    ],
)
def test_bad_arguments(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Expected.*Received"):
        RandomFeatureExtractor(**arguments)
