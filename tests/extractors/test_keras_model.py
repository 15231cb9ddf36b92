"""Keras models as networks: their layers, how far they run, mode and dtype."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops
from keras_models import half, tiny_model

from nst_framework import ContentLoss, KerasFeatureExtractor, Objective, Recipe, StyleLoss, Trainer


def test_layers_are_those_with_feature_maps() -> None:
    assert KerasFeatureExtractor(tiny_model()).layer_names == (
        "first",
        "normal",
        "dropped",
        "second",
    )


def test_features_agree_with_the_model_in_inference_mode(image: np.ndarray) -> None:
    model = tiny_model()
    # A mean and a variance unlike those computed in training mode.
    model.get_layer("normal").set_weights(
        [np.full(4, 2.0), np.full(4, 1.0), np.full(4, 7.0), np.full(4, 9.0)]
    )
    extractor = KerasFeatureExtractor(model, half)
    features = extractor(ops.convert_to_tensor(image), ["second", "normal", "first", "dropped"])
    assert list(features) == ["second", "normal", "first", "dropped"]
    kernel, bias = model.get_layer("first").get_weights()
    first = ops.relu(ops.conv(ops.convert_to_tensor(image / 2), kernel, padding="same") + bias)
    np.testing.assert_allclose(features["first"], first, rtol=1e-4, atol=1e-4)
    normal = 2 * (np.asarray(first) - 7) / np.sqrt(9 + 1e-3) + 1
    np.testing.assert_allclose(features["normal"], normal, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(features["dropped"], features["normal"])
    assert features["second"].shape == (1, 4, 5, 5)


def test_it_runs_no_further_than_the_deepest_layer_and_is_built_once(image: np.ndarray) -> None:
    extractor = KerasFeatureExtractor(tiny_model())
    part = extractor._part(["first", "normal"])
    assert [layer.name for layer in part.layers[1:]] == ["first", "normal"]
    extractor(ops.convert_to_tensor(image), ["first", "normal"])
    assert extractor._part(("first", "normal")) is part


@pytest.mark.parametrize("network", ["resnet50", "mobilenet_v2", "densenet"])
def test_the_functions_of_keras_do_not_modify_the_image(network: str, image: np.ndarray) -> None:
    # One for each of Keras's modes: "caffe", "tf", "torch". All of them modify arrays in place.
    preprocess = getattr(keras.applications, network).preprocess_input
    extractor = KerasFeatureExtractor(tiny_model(), preprocess)
    tensor = ops.convert_to_tensor(image.copy())
    given = image.copy()
    expected = preprocess(image.copy())
    np.testing.assert_allclose(extractor.preprocess(tensor), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(extractor.preprocess(given), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(tensor, image)
    np.testing.assert_array_equal(given, image)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_the_gradient_agrees_with_finite_differences(precision: str, image: np.ndarray) -> None:
    preprocess = keras.applications.mobilenet_v2.preprocess_input
    extractor = KerasFeatureExtractor(tiny_model("tanh"), preprocess)
    style = image[:, ::-1, ::-1].copy()
    loss = StyleLoss(["first", "second"])
    objective = Objective(Recipe(extractor, [loss], {loss.name: 1e6}, precision), image, style)
    evaluation = objective(image)
    assert evaluation.gradient.dtype == np.float32
    tolerance = 0.01 if precision == "float32" else 0.1
    exact = Objective(Recipe(extractor, [loss], {loss.name: 1e6}), image, style)
    direction = np.sign(evaluation.gradient)
    slope = (exact(image + direction).loss - exact(image - direction).loss) / 2
    assert slope == pytest.approx(np.abs(evaluation.gradient).sum(), rel=tolerance)


def test_a_model_in_bfloat16_computes_in_it(image: np.ndarray) -> None:
    inputs = keras.Input((None, None, 3))
    first = layers.Conv2D(4, 3, name="first", dtype="mixed_bfloat16")(inputs)
    extractor = KerasFeatureExtractor(keras.Model(inputs, first))
    features = extractor(ops.convert_to_tensor(image), ["first"])["first"]
    assert keras.backend.standardize_dtype(features.dtype) == "float32", "the image's dtype"
    values = ops.convert_to_numpy(features)
    short = ops.convert_to_numpy(ops.cast(ops.cast(features, "bfloat16"), "float32"))
    np.testing.assert_array_equal(values, short)


def test_a_network_trained_in_the_test(
    content: np.ndarray, style: np.ndarray, fit_arguments: dict[str, Any]
) -> None:
    """It learns to distinguish stripes from gradients, and then transfers the stripes."""
    model = tiny_model()
    generator = np.random.default_rng(0)
    images = np.stack([content[:18, :18], style[:18]]).astype(np.float32) / 255
    labels = generator.integers(0, 2, 64)
    noisy = images[labels] + generator.normal(0, 0.05, (64, 18, 18, 3)).astype(np.float32)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(noisy, labels, epochs=3, verbose=0)

    trainer = Trainer(KerasFeatureExtractor(model, lambda image: image / 255))
    trainer.compile(
        [ContentLoss(["second"]), StyleLoss(["first", "normal"])],
        loss_weights={"content_loss": 1.0, "style_loss": 100.0},
    )
    history = trainer.fit(**{**fit_arguments, "steps_per_epoch": 10}).history
    assert history["loss"][-1] < 0.5 * trainer.evaluate(trainer.content)["loss"]


def test_tiles_are_refused() -> None:
    extractor = KerasFeatureExtractor(tiny_model())
    assert extractor.receptive_field("first") is None


def test_every_layer_has_features_at_the_minimum_size() -> None:
    extractor = KerasFeatureExtractor(tiny_model())
    assert extractor.minimum_size(["first"]) == 1
    assert extractor.minimum_size(["first", "second"]) == 4, "a 3 x 3 convolution without padding"
    features = extractor(ops.zeros((1, 4, 4, 3)), ["second"])
    assert features["second"].shape == (1, 1, 1, 5)


def test_values_per_pixel_are_the_feature_maps() -> None:
    extractor = KerasFeatureExtractor(tiny_model())
    assert extractor.values_per_pixel(["normal"]) == 8
    assert extractor.values_per_pixel(["second"]) == pytest.approx(12 + 5 / 4, rel=0.02)


def several_inputs() -> keras.Model:
    inputs = [keras.Input((None, None, 3)), keras.Input((None, None, 3))]
    return keras.Model(inputs, layers.Add()(inputs))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(2, 3)]), r"32, 32, 3\)"),
        (lambda: keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(2, 3)]), "None, 1"),
        (several_inputs, "one input"),
        (lambda: keras.Sequential([layers.Conv2D(2, 3)]), "Received: Sequential"),
        (lambda: "VGG16", "Received: str"),
        (
            lambda: keras.Sequential([keras.Input((None, None, 3)), layers.Flatten()]),
            "layers whose output",
        ),
    ],
)
def test_unsuitable_models_are_refused(model: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"argument `model`. Expected.*{message}"):
        KerasFeatureExtractor(model())


def test_the_error_of_a_fixed_size_says_what_to_do() -> None:
    model = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match=r"Build it with the input shape \(None, None, 3\)"):
        KerasFeatureExtractor(model)


def test_preprocess_must_be_a_function() -> None:
    with pytest.raises(ValueError, match="argument `preprocess`.*'caffe'"):
        KerasFeatureExtractor(tiny_model(), "caffe")  # type: ignore[arg-type]
