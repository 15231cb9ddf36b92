"""VGG16 and VGG19 compared with Keras's, and their arguments."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from nst_framework import ReceptiveField, VGG16FeatureExtractor, VGG19FeatureExtractor
from nst_framework.extractors.vgg16 import VGG16
from nst_framework.extractors.vgg19 import VGG19
from nst_framework.extractors.vgg_weights import load_weights

HALO = 58
"""The distance from the border, in pixels, up to which block5_conv1 depends on the margin."""


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    generator = np.random.default_rng(0)
    blocks = generator.uniform(0, 255, (1, 24, 26, 3)).repeat(8, axis=1).repeat(8, axis=2)
    return blocks.astype(np.float32)


@pytest.fixture(scope="module")
def extractor() -> VGG16FeatureExtractor:
    return VGG16FeatureExtractor(pooling="max")


@pytest.fixture(scope="module")
def keras_model(extractor: VGG16FeatureExtractor) -> keras.Model:
    model = keras.applications.VGG16(include_top=False, weights=None)
    for name, weights in load_weights(VGG16, "bundled").items():
        model.get_layer(name).set_weights(weights)
    return model


@pytest.mark.parametrize(
    "layer", ["block1_conv1", "block1_pool", "block2_conv2", "block3_conv3", "block5_conv1"]
)
def test_features_agree_with_keras_away_from_the_border(
    layer: str, image: np.ndarray, extractor: VGG16FeatureExtractor, keras_model: keras.Model
) -> None:
    features = np.asarray(extractor(keras.ops.convert_to_tensor(image), [layer])[layer])
    model = keras.Model(keras_model.inputs, keras_model.get_layer(layer).output)
    expected = model.predict(keras.applications.vgg16.preprocess_input(image.copy()), verbose=0)
    assert features.shape == expected.shape
    stride = image.shape[1] // expected.shape[1]
    margin = -(-HALO // stride)
    inside = (slice(None), slice(margin, -margin), slice(margin, -margin))
    assert expected[inside].size > 0
    np.testing.assert_allclose(
        features[inside], expected[inside], atol=1e-3 * np.abs(expected).max()
    )


def test_layer_names_are_those_of_keras(keras_model: keras.Model) -> None:
    names = [layer.name for layer in keras_model.layers[1:]]
    assert list(VGG16FeatureExtractor.layer_names) == names


@pytest.fixture(scope="module")
def vgg19() -> VGG19FeatureExtractor:
    return VGG19FeatureExtractor(weights=None, pooling="max", seed=2)


def test_vgg19_agrees_with_keras(image: np.ndarray, vgg19: VGG19FeatureExtractor) -> None:
    whole = keras.applications.VGG19(include_top=False, weights=None)
    assert list(vgg19.layer_names) == [layer.name for layer in whole.layers[1:]]
    for name, weights in load_weights(VGG19, None, seed=2).items():
        whole.get_layer(name).set_weights(weights)
    layer = "block3_conv4"
    model = keras.Model(whole.inputs, whole.get_layer(layer).output)
    features = np.asarray(vgg19(keras.ops.convert_to_tensor(image), [layer])[layer])
    expected = model.predict(keras.applications.vgg19.preprocess_input(image.copy()), verbose=0)
    halo = vgg19.receptive_field(layer).halo
    assert halo == 2 * 1 + 2 * 2 + 4 * 4 == 22, "six features of stride 4"
    inside = (slice(None), slice(6, -6), slice(6, -6))
    np.testing.assert_allclose(
        features[inside], expected[inside], atol=1e-4 * np.abs(expected).max()
    )


def test_vgg19_round_trip_and_sizes(vgg19: VGG19FeatureExtractor) -> None:
    assert vgg19.get_config() == {"weights": None, "pooling": "max", "seed": 2}
    assert vgg19.minimum_size(["block5_conv4"]) == 16
    assert vgg19.minimum_size(["block5_pool"]) == 32
    assert vgg19.receptive_field("block5_conv1").halo == 2 + 2 * 2 + 4 * 4 + 8 * 4 + 16
    # Two convolutions with 64 channels and one pooling layer of half the size.
    assert vgg19.values_per_pixel(["block1_pool"]) == 2 * 2 * 64 + 64 / 4


def test_all_layers_at_once_and_in_any_order(
    image: np.ndarray, extractor: VGG16FeatureExtractor
) -> None:
    tensor = keras.ops.convert_to_tensor(image[:, :32, :48])
    features = extractor(tensor, extractor.layer_names[::-1])
    assert list(features) == list(extractor.layer_names[::-1])
    assert features["block1_conv1"].shape == (1, 32, 48, 64)
    assert features["block5_pool"].shape == (1, 1, 1, 512)


def test_a_flat_image_has_flat_features(extractor: VGG16FeatureExtractor) -> None:
    flat = keras.ops.ones((1, 40, 40, 3)) * 90.0
    features = np.asarray(extractor(flat, ["block3_conv1"])["block3_conv1"])
    spread = features.max(axis=(1, 2)) - features.min(axis=(1, 2))
    assert spread.max() < 1e-3 * features.max(), "zero padding would show here"


def test_average_pooling_averages(image: np.ndarray) -> None:
    extractor = VGG16FeatureExtractor(pooling="avg")
    features = extractor(keras.ops.convert_to_tensor(image), ["block1_conv2", "block1_pool"])
    before = np.asarray(features["block1_conv2"])
    mean = before.reshape(1, 96, 2, 104, 2, 64).mean(axis=(2, 4))
    np.testing.assert_allclose(features["block1_pool"], mean, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("layers", "minimum"),
    [(["block1_conv1"], 16), (["block5_conv1", "block1_conv1"], 16), (["block5_pool"], 32)],
)
def test_minimum_size(extractor: VGG16FeatureExtractor, layers: list[str], minimum: int) -> None:
    assert extractor.minimum_size(layers) == minimum
    image = keras.ops.zeros((1, minimum, minimum, 3))
    assert all(0 not in feature.shape for feature in extractor(image, layers).values())


def test_receptive_fields(extractor: VGG16FeatureExtractor) -> None:
    # The deepest pooling windows start in the middle of the previous 32 rows: 16 more than 90.
    assert extractor.receptive_field("block1_conv1") == ReceptiveField(1, 1)
    assert extractor.receptive_field("block5_conv1") == ReceptiveField(16, 58)
    assert extractor.receptive_field("block5_pool") == ReceptiveField(32, 106)


def test_an_unknown_layer_error_lists_the_known_ones(extractor: VGG16FeatureExtractor) -> None:
    with pytest.raises(ValueError, match="Unknown layer 'block4_conv9'") as error:
        extractor(keras.ops.zeros((1, 32, 32, 3)), ["block4_conv9"])
    assert all(name in str(error.value) for name in extractor.layer_names)


@pytest.mark.parametrize("arguments", [{"pooling": "mean"}, {"seed": -1}, {"seed": 1.5}])
def test_bad_arguments(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Expected.*Received"):
        VGG16FeatureExtractor(weights=None, **arguments)


def test_configuration_round_trip() -> None:
    extractor = VGG16FeatureExtractor(weights=None, pooling="max", seed=3)
    again = VGG16FeatureExtractor.from_config(extractor.get_config())
    assert again.get_config() == extractor.get_config()
    image = keras.ops.ones((1, 16, 16, 3)) * 200.0
    np.testing.assert_array_equal(
        *[each(image, ["block2_conv1"])["block2_conv1"] for each in (extractor, again)]
    )
