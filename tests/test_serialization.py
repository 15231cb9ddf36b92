"""Losses, extractors and optimizers are serialized like any Keras object."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TinyExtractor

import nst_framework
from nst_framework import (
    FeatureExtractor,
    KerasFeatureExtractor,
    KerasOptimizer,
    LaplacianPyramidOptimizer,
    Loss,
    Optimizer,
    ProjectedLBFGS,
    RandomFeatureExtractor,
    SoftmaxSmoothing,
    StyleLoss,
    VGG16FeatureExtractor,
    VGG19FeatureExtractor,
)

PUBLIC = [getattr(nst_framework, name) for name in nst_framework.__all__]
CLASSES = [
    each
    for each in PUBLIC
    if inspect.isclass(each)
    and issubclass(each, Loss | FeatureExtractor | Optimizer)
    and not inspect.isabstract(each)
]
MADE = {
    KerasOptimizer: lambda: KerasOptimizer(keras.optimizers.SGD(2.0, momentum=0.5)),
    LaplacianPyramidOptimizer: lambda: LaplacianPyramidOptimizer(keras.optimizers.Adam(0.5), 3),
    ProjectedLBFGS: lambda: ProjectedLBFGS(memory=3, bounds=(1.0, 2.0)),
    RandomFeatureExtractor: lambda: RandomFeatureExtractor(2, (3, 5), seed=4),
    SoftmaxSmoothing: lambda: SoftmaxSmoothing(RandomFeatureExtractor(2, (3, 5)), ["filters_3"]),
    StyleLoss: lambda: StyleLoss(["a", "b"], layer_weights=[1.0, 3.0], name="paint"),
    VGG16FeatureExtractor: lambda: VGG16FeatureExtractor(None, "max", seed=3),
    VGG19FeatureExtractor: lambda: VGG19FeatureExtractor(None, seed=3),
}


@pytest.mark.parametrize("kind", sorted(set(CLASSES) - {KerasFeatureExtractor}, key=str))
def test_round_trip(kind: type) -> None:
    made = MADE.get(kind, kind)()
    serialized = keras.saving.serialize_keras_object(made)
    assert serialized["registered_name"] == f"nst_framework>{kind.__name__}"
    again = keras.saving.deserialize_keras_object(json.loads(json.dumps(serialized)))
    assert type(again) is kind
    assert again.get_config() == made.get_config()
    assert keras.saving.serialize_keras_object(again) == serialized


def test_a_smoothed_network_has_the_same_features_again() -> None:
    made = MADE[SoftmaxSmoothing]()
    again = SoftmaxSmoothing.from_config(json.loads(json.dumps(made.get_config())))
    image = np.random.default_rng(0).uniform(0, 255, (1, 9, 9, 3)).astype(np.float32)
    for layer in made.layer_names:
        np.testing.assert_array_equal(again(image, [layer])[layer], made(image, [layer])[layer])


def test_another_process_finds_the_smoothed_network() -> None:
    config = json.dumps(MADE[SoftmaxSmoothing]().get_config())
    code = (
        "import json\nfrom nst_framework import SoftmaxSmoothing\n"
        f"SoftmaxSmoothing.from_config(json.loads({config!r}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_user_classes_must_be_registered(tiny_extractor: TinyExtractor) -> None:
    class Unregistered(TinyExtractor):
        pass

    with pytest.raises(TypeError, match="register_keras_serializable"):
        SoftmaxSmoothing.from_config(SoftmaxSmoothing(Unregistered()).get_config())
    registered = SoftmaxSmoothing(tiny_extractor, ["second"])
    again: Any = SoftmaxSmoothing.from_config(registered.get_config())
    assert type(again.extractor) is TinyExtractor
    assert again.layers == ("second",)


def test_a_keras_model_cannot_be_made_from_digests() -> None:
    image = keras.Input((None, None, 3))
    model = keras.Model(image, keras.layers.Conv2D(2, 3)(image))
    for extractor in (KerasFeatureExtractor(model), SoftmaxSmoothing(KerasFeatureExtractor(model))):
        serialized = keras.saving.serialize_keras_object(extractor)
        with pytest.raises(NotImplementedError, match="keras.saving.load_model"):
            keras.saving.deserialize_keras_object(serialized)
