"""The abstract extractor: features shared by its subclasses."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TinyExtractor
from keras import ops

from nst_framework import (
    FeatureExtractor,
    KerasFeatureExtractor,
    RandomFeatureExtractor,
    SoftmaxSmoothing,
    VGG16FeatureExtractor,
    VGG19FeatureExtractor,
)


class Halves(FeatureExtractor):
    layer_names = ("half", "quarter")

    def preprocess(self, image: Any) -> Any:
        return image - 100.0

    def call(self, image: Any, layers: Any) -> dict[str, Any]:
        self.seen = image.dtype
        features = {"half": image / 2, "quarter": image / 4, "not requested": image}
        return features


def test_the_image_is_preprocessed_and_only_requested_layers_are_returned() -> None:
    features = Halves()(ops.full((1, 2, 2, 3), 108.0), ["quarter"])
    assert list(features) == ["quarter"]
    np.testing.assert_allclose(features["quarter"], 2.0)


def test_the_network_may_compute_in_lower_precision() -> None:
    extractor = Halves()
    features = extractor(ops.full((1, 2, 2, 3), 108.0), ["half"], compute_dtype="bfloat16")
    assert "bfloat16" in str(extractor.seen)
    assert "float32" in str(features["half"].dtype)


def test_an_unknown_layer_error_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'halv' for Halves. Did you mean 'half'.*half, quarter"):
        Halves()(ops.zeros((1, 2, 2, 3)), ["halv"])


def test_configuration_round_trip() -> None:
    extractor = TinyExtractor(seed=4)
    assert TinyExtractor.from_config(extractor.get_config()).get_config() == {"seed": 4}


def small_model() -> keras.Model:
    inputs = keras.Input((None, None, 3))
    return keras.Model(inputs, keras.layers.Conv2D(2, 3)(inputs))


@pytest.mark.parametrize(
    "extractor",
    [
        Halves(),
        KerasFeatureExtractor(small_model()),
        RandomFeatureExtractor(filters=1),
        SoftmaxSmoothing(RandomFeatureExtractor(filters=1)),
        VGG16FeatureExtractor(weights=None),
        VGG19FeatureExtractor(weights=None),
    ],
    ids=lambda extractor: type(extractor).__name__,
)
def test_no_layers_need_no_pixels_and_no_memory(extractor: FeatureExtractor) -> None:
    assert extractor.minimum_size([]) == 1
    # The default estimate does not depend on the layers.
    assert extractor.values_per_pixel([]) == (600 if isinstance(extractor, Halves) else 0)


@pytest.mark.parametrize(
    "extractor",
    [
        RandomFeatureExtractor(filters=2, sizes=(5, 3), seed=7),
        VGG16FeatureExtractor(pooling="max"),
        VGG16FeatureExtractor(weights=None, seed=3),
        VGG19FeatureExtractor(weights=None, pooling="max", seed=3),
    ],
    ids=lambda extractor: type(extractor).__name__,
)
def test_an_extractor_is_rebuilt_from_its_class_and_configuration(
    extractor: FeatureExtractor,
) -> None:
    """A process that evaluates tiles receives nothing else."""
    config = json.loads(json.dumps(extractor.get_config()))
    again = type(extractor).from_config(config)
    assert again.get_config() == extractor.get_config()
    image = ops.convert_to_tensor(np.random.default_rng(0).uniform(0, 255, (1, 16, 20, 3)))
    layers = extractor.layer_names[:2]
    one, other = (each(image, layers) for each in (extractor, again))
    for layer in layers:
        np.testing.assert_array_equal(one[layer], other[layer])
