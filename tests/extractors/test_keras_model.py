"""Any Keras model as a network: its layers, how far it runs, and in which mode and dtype."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from nst_framework import ContentLoss, KerasFeatureExtractor, Objective, Recipe, StyleLoss, Trainer
from nst_framework.callbacks import Checkpoint


def tiny_model(activation: str = "relu", seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((None, None, 3))
    first = layers.Conv2D(4, 3, padding="same", activation=activation, name="first")(inputs)
    normal = layers.BatchNormalization(name="normal")(first)
    dropped = layers.Dropout(0.5, name="dropped")(normal)
    second = layers.Conv2D(5, 3, strides=2, name="second")(dropped)
    mean = layers.GlobalAveragePooling2D(name="mean")(second)
    return keras.Model(inputs, layers.Dense(2, name="dense")(mean), name="tiny")


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(1).uniform(0, 255, (1, 9, 11, 3)).astype(np.float32)


def half(image: Any) -> Any:
    return image / 2


def test_layers_are_those_with_feature_maps() -> None:
    assert KerasFeatureExtractor(tiny_model()).layer_names == (
        "first",
        "normal",
        "dropped",
        "second",
    )


def test_features_are_those_of_the_model_in_inference_mode(image: np.ndarray) -> None:
    model = tiny_model()
    # A mean and a variance that training mode would not compute.
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
def test_the_functions_of_keras_change_no_image_of_ours(network: str, image: np.ndarray) -> None:
    # One of each of Keras's modes: "caffe", "tf", "torch". All of them change arrays in place.
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
def test_the_gradient_is_that_of_finite_differences(precision: str, image: np.ndarray) -> None:
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
    assert keras.backend.standardize_dtype(features.dtype) == "float32", "the image's type"
    values = ops.convert_to_numpy(features)
    short = ops.convert_to_numpy(ops.cast(ops.cast(features, "bfloat16"), "float32"))
    np.testing.assert_array_equal(values, short)


def test_a_network_that_was_trained_on_the_spot(
    content: np.ndarray, style: np.ndarray, fit_arguments: dict[str, Any]
) -> None:
    """It learns to distinguish stripes from slopes, and then transfers the stripes."""
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


def test_minimum_size_is_that_at_which_layers_have_features() -> None:
    extractor = KerasFeatureExtractor(tiny_model())
    assert extractor.minimum_size(["first"]) == 1
    assert extractor.minimum_size(["first", "second"]) == 4, "a 3 x 3 convolution without border"
    features = extractor(ops.zeros((1, 4, 4, 3)), ["second"])
    assert features["second"].shape == (1, 1, 1, 5)


def test_values_per_pixel_are_the_feature_maps() -> None:
    extractor = KerasFeatureExtractor(tiny_model())
    assert extractor.values_per_pixel(["normal"]) == 8
    assert extractor.values_per_pixel(["second"]) == pytest.approx(12 + 5 / 4, rel=0.02)


@pytest.mark.parametrize(
    ("changed", "entry"),
    [
        (lambda: KerasFeatureExtractor(tiny_model("tanh"), half), "layers"),
        (lambda: KerasFeatureExtractor(tiny_model(seed=1), half), "weights"),
        (lambda: KerasFeatureExtractor(tiny_model()), "preprocess"),
    ],
)
def test_a_checkpoint_tells_models_apart(changed: Any, entry: str) -> None:
    config = KerasFeatureExtractor(tiny_model(), half).get_config()
    again = KerasFeatureExtractor(tiny_model(), half).get_config()
    assert config == again, "though Keras has counted the input's name up"
    other = changed().get_config()
    assert [name for name in config if config[name] != other[name]] == [entry]


def convolutions(seed: int = 3, name: str = "base") -> keras.Model:
    """A model for nesting: it has already been called, like any pretrained network."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((None, None, 3))
    first = layers.Conv2D(4, 3, padding="same", activation="relu", name="first")(inputs)
    pooled = layers.AveragePooling2D(2, name="pooled")(first)
    second = layers.Conv2D(5, 3, padding="same", activation="relu", name="second")(pooled)
    return keras.Model(inputs, second, name=name)


def sequential_outside(base: keras.Model) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Rescaling(1 / 100, offset=-1.0, name="scaled"),
            base,
            layers.Conv2D(2, 1, kernel_initializer="ones", name="last"),
        ]
    )


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
def test_layers_of_a_model_in_the_model(outside: Any, prefix: str, image: np.ndarray) -> None:
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
    assert extractor.minimum_size(["base/second"]) == 2, "there is a pooling before"
    assert extractor.values_per_pixel(["base/first"]) == 3 + 4
    assert extractor.values_per_pixel(["base/pooled"]) == 3 + 4 + 4 / 4
    everything = extractor.values_per_pixel(extractor.layer_names)
    assert everything == 3 + 4 + 4 / 4 + 5 / 4 + 2 / 4, "nothing is run twice"
    part = extractor._part(["base/first"])
    assert [layer.name for layer in part.layers[1:]] == ["scaled", "first"], "and no further"
    assert len(KerasFeatureExtractor(plain).layer_names) == 4


def test_a_checkpoint_tells_models_in_models_apart() -> None:
    def config(**arguments: Any) -> dict[str, Any]:
        return KerasFeatureExtractor(sequential_outside(convolutions(**arguments))).get_config()

    one, same, other = config(), config(name="again"), config(seed=4)
    assert one["layers"] == same["layers"], "names do not count, inside either"
    assert one["weights"] == same["weights"] != other["weights"]


def test_a_layer_that_is_called_elsewhere_has_the_features_of_this_model(
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


class Shift(layers.Layer):
    """Adds an array, which its configuration contains unchanged."""

    def __init__(self, shift: np.ndarray, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.shift = shift

    def call(self, inputs: Any) -> Any:
        return inputs + self.shift

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "shift": self.shift}


def test_array_settings_of_layers_are_compared_in_full() -> None:
    def config(changed: float) -> dict[str, Any]:
        shift = np.zeros(2000, np.float32)
        shift[1000] = changed
        inputs = keras.Input((None, None, 3))
        wide = layers.Conv2D(2000, 1, kernel_initializer="ones")(inputs)
        return KerasFeatureExtractor(keras.Model(inputs, Shift(shift)(wide), name="w")).get_config()

    assert config(0.0) == config(0.0)
    assert config(0.0)["layers"] != config(1.0)["layers"]


def test_settings_of_the_function_are_compared_in_full() -> None:
    def config(changed: float) -> dict[str, Any]:
        mean = np.zeros(2000)
        mean[1000] = changed
        without_mean = functools.partial(np.subtract, mean)
        return KerasFeatureExtractor(tiny_model(), without_mean).get_config()

    assert config(0.0) == config(0.0)
    assert config(0.0)["preprocess"] != config(1.0)["preprocess"]
    plain = KerasFeatureExtractor(tiny_model(), half).get_config()
    assert plain["preprocess"] == f"{__name__}.half"


def test_a_run_resumes_with_a_loaded_model(tmp_path: Path, fit_arguments: dict[str, Any]) -> None:
    model = tiny_model()
    model.save(tmp_path / "tiny.keras")
    loaded = keras.saving.load_model(tmp_path / "tiny.keras")

    def fit(model: keras.Model, **arguments: Any) -> None:
        trainer = Trainer(KerasFeatureExtractor(model))
        trainer.compile(StyleLoss(["first", "second"]))
        checkpoint = Checkpoint(tmp_path / "run.npz")
        trainer.fit(**{**fit_arguments, **arguments}, callbacks=[checkpoint])
        assert trainer.state.epoch == arguments["epochs"]

    fit(model, epochs=1)
    fit(loaded, epochs=2, resume_from=tmp_path / "run.npz")
    with pytest.raises(ValueError, match="differs in.*extractor"):
        fit(tiny_model(seed=1), epochs=3, resume_from=tmp_path / "run.npz")


def test_a_configuration_alone_does_not_make_a_model() -> None:
    config = KerasFeatureExtractor(tiny_model()).get_config()
    with pytest.raises(NotImplementedError, match="keras.saving.load_model"):
        KerasFeatureExtractor.from_config(config)


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
def test_models_that_do_not_fit(model: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"argument `model`. Expected.*{message}"):
        KerasFeatureExtractor(model())


def test_the_error_of_a_fixed_size_says_what_to_do() -> None:
    model = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match=r"Build it with the input shape \(None, None, 3\)"):
        KerasFeatureExtractor(model)


def test_preprocess_is_a_function() -> None:
    with pytest.raises(ValueError, match="argument `preprocess`.*'caffe'"):
        KerasFeatureExtractor(tiny_model(), "caffe")  # type: ignore[arg-type]
