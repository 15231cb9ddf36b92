"""Keras models inside Keras models, and layers that are called more than once."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops
from keras_models import convolutions, sequential_outside, tiny_model

from nst_framework import KerasFeatureExtractor


def functional_outside(base: keras.Model) -> keras.Model:
    inputs = keras.Input((None, None, 3))
    scaled = layers.Rescaling(1 / 100, offset=-1.0, name="scaled")(inputs)
    last = layers.Conv2D(2, 1, kernel_initializer="ones", name="last")
    return keras.Model(inputs, last(base(scaled, training=False)))


def nested_twice(base: keras.Model) -> keras.Model:
    inner = keras.Sequential(
        [keras.Input((None, None, 3)), layers.Rescaling(1 / 100, name="scaled"), base], name="inner"
    )
    inputs = keras.Input((None, None, 3))
    shifted = layers.Rescaling(1.0, offset=-100.0, name="shifted")(inputs)
    last = layers.Conv2D(2, 1, kernel_initializer="ones", name="last")
    return keras.Model(inputs, last(inner(shifted)))


@pytest.mark.parametrize(
    ("outside", "prefix"),
    [(sequential_outside, "base/"), (functional_outside, "base/"), (nested_twice, "inner/base/")],
)
def test_layers_of_a_nested_model(outside: Any, prefix: str, image: np.ndarray) -> None:
    base = convolutions()
    extractor = KerasFeatureExtractor(outside(base))
    names = [f"{prefix}{name}" for name in ("first", "pooled", "second")]
    assert [name for name in extractor.layer_names if name in names] == names
    assert extractor.layer_names[-1] == "last"

    weights = [base.get_layer(name).get_weights() for name in ("first", "second")]
    scaled = ops.convert_to_tensor(image / 100 - 1)
    first = ops.relu(ops.conv(scaled, weights[0][0], padding="same") + weights[0][1])
    pooled = ops.average_pool(first, 2, strides=2)
    second = ops.relu(ops.conv(pooled, weights[1][0], padding="same") + weights[1][1])
    last = ops.repeat(ops.sum(second, axis=-1, keepdims=True), 2, axis=-1)
    expected = dict(zip([*names, "last"], (first, pooled, second, last), strict=True))
    expected[prefix.rstrip("/")] = second

    features = extractor(ops.convert_to_tensor(image), extractor.layer_names)
    assert set(features) == set(extractor.layer_names)
    for layer, array in expected.items():
        alone = extractor(ops.convert_to_tensor(image), [layer])[layer]
        for received in (features[layer], alone):
            np.testing.assert_allclose(received, array, rtol=1e-4, atol=1e-4)


def test_requirements_of_nested_models(image: np.ndarray) -> None:
    plain, nested = tiny_model(), sequential_outside(convolutions())
    extractor = KerasFeatureExtractor(nested)
    assert extractor.minimum_size(["base/first"]) == 1
    assert extractor.minimum_size(["base/second"]) == 2, "a pooling layer precedes it"
    assert extractor.values_per_pixel(["base/first"]) == 3 + 4
    assert extractor.values_per_pixel(["base/pooled"]) == 3 + 4 + 4 / 4
    everything = extractor.values_per_pixel(extractor.layer_names)
    assert everything == 3 + 4 + 4 / 4 + 5 / 4 + 2 / 4, "nothing is run twice"
    part = extractor._part(["base/first"])
    assert [layer.name for layer in part.layers[1:]] == ["scaled", "first"], (
        "no layer beyond the requested one"
    )
    assert len(KerasFeatureExtractor(plain).layer_names) == 4


def test_a_layer_shared_with_another_model_has_the_features_of_this_model(
    image: np.ndarray,
) -> None:
    shared = layers.Conv2D(4, 3, padding="same", name="shared")
    elsewhere = keras.Input((None, None, 3))
    keras.Model(elsewhere, shared(layers.Rescaling(7.0)(elsewhere)))
    inputs = keras.Input((None, None, 3))
    scaled = layers.Rescaling(1 / 100, name="scaled")(inputs)
    model = keras.Model(inputs, layers.ReLU(name="last")(shared(scaled)))
    extractor = KerasFeatureExtractor(model)
    assert extractor.layer_names == ("scaled", "shared", "last")
    features = extractor(ops.convert_to_tensor(image), ["shared"])["shared"]
    expected = ops.convert_to_numpy(shared(ops.convert_to_tensor(image / 100)))
    features = ops.convert_to_numpy(features)
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-4)


def test_a_layer_that_is_called_twice_has_the_features_of_the_first_call(
    image: np.ndarray,
) -> None:
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    inputs = keras.Input((None, None, 3))
    extractor = KerasFeatureExtractor(keras.Model(inputs, shared(shared(inputs))))
    tensor = ops.convert_to_tensor(image)
    features = extractor(tensor, ["shared"])["shared"]
    features, expected = map(ops.convert_to_numpy, (features, shared(tensor)))
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-4)


def test_a_deep_model_with_branches(image: np.ndarray) -> None:
    inputs = keras.Input((None, None, 3))
    features = inputs
    for number in range(400):
        branch = layers.Rescaling(0.5, name=f"half_{number}")(features)
        features = layers.Add(name=f"sum_{number}")([features / 2, branch])
    extractor = KerasFeatureExtractor(
        keras.Sequential([keras.Input((None, None, 3)), keras.Model(inputs, features, name="deep")])
    )
    received = extractor(ops.convert_to_tensor(image), ["deep/sum_399"])["deep/sum_399"]
    np.testing.assert_allclose(received, image, rtol=1e-4)
