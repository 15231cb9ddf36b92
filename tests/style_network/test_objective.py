"""The objective of a network equals the optimizer's for each image of a batch."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from networks import STYLES, random_network, tiny_objective, to_numpy

import nst_framework
from nst_framework import (
    ContentLoss,
    KerasFeatureExtractor,
    Loss,
    Objective,
    RandomFeatureExtractor,
    Style,
    StyleLoss,
    StyleNetwork,
    StyleObjective,
)
from nst_framework.images.reading import read_image
from nst_framework.objective.comparisons import depends_on_image

RANDOM = np.random.default_rng(0)
EXTRACTOR = RandomFeatureExtractor(filters=4, sizes=(3, 5))
LAYERS = list(EXTRACTOR.layer_names)


def images(count: int, size: int = 24) -> np.ndarray:
    return RANDOM.uniform(0, 255, (count, size, size, 3)).astype(np.float32)


def all_losses() -> list[type[Loss]]:
    public = [getattr(nst_framework, name) for name in nst_framework.__all__]
    classes = [each for each in public if inspect.isclass(each) and issubclass(each, Loss)]
    return [each for each in classes if each is not Loss]


def make(kind: type[Loss]) -> Loss:
    """A loss, with the layers of the small network if it accepts layers."""
    parameters = inspect.signature(kind).parameters
    return kind(layers=LAYERS) if "layers" in parameters else kind()  # type: ignore[call-arg]


def expected_terms(objective: StyleObjective, content: Any, picture: Any, style: int) -> Any:
    """The optimizer's terms for one image."""
    recipe = objective.recipe
    alone = dataclasses.replace(objective.style_images[style], weight=1.0)
    whole = Objective(recipe, content[None], [alone])
    terms = whole(picture[None]).terms
    return {name: float(to_numpy(value)) for name, value in terms.items()}


TRAINABLE = [
    kind
    for kind in all_losses()
    if kind.__name__ != "TemporalLoss" and not depends_on_image(make(kind))
]
OTHERS = [
    kind
    for kind in all_losses()
    if depends_on_image(make(kind)) and kind.__name__ != "TemporalLoss"
]


@pytest.mark.parametrize("kind", TRAINABLE, ids=lambda kind: kind.__name__)
def test_each_loss_has_the_optimizers_value_for_each_picture(kind: type[Loss]) -> None:
    loss = make(kind)
    objective = StyleObjective(EXTRACTOR, [loss], STYLES[:2], {loss.name: 3.0}, style_size=32)
    photographs, pictures = images(3), images(3)
    found = to_numpy(objective.terms(photographs, pictures)[loss.name])
    assert found.shape == (3,)
    for number in range(3):
        expected = expected_terms(objective, photographs[number], pictures[number], number % 2)
        np.testing.assert_allclose(found[number], expected[loss.name], rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.__name__)
def test_losses_that_depend_on_the_image_are_refused_by_name(kind: type[Loss]) -> None:
    with pytest.raises(ValueError, match=f"Received: {kind.__name__}, which overrides `prepare`"):
        StyleObjective(EXTRACTOR, [make(kind)], STYLES[0], style_size=32)


def test_every_loss_either_trains_a_network_or_is_refused() -> None:
    assert len(TRAINABLE) >= 15
    assert OTHERS


def test_batches_of_known_and_unknown_size_have_the_same_values() -> None:
    objective = tiny_objective(3)
    photographs, pictures = images(4), images(4)
    known = to_numpy(objective(photographs, pictures))
    terms = objective.terms(photographs, pictures)
    np.testing.assert_allclose(known, np.mean(to_numpy(sum(terms.values()))), rtol=1e-5)
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    unknown = tf.TensorSpec((None, 24, 24, 3), tf.float32)
    traced = tf.function(objective.terms, input_signature=[unknown, unknown])
    for name, values in traced(photographs, pictures).items():
        np.testing.assert_allclose(to_numpy(values), to_numpy(terms[name]), rtol=1e-4)


def test_rotations_are_as_the_optimizers() -> None:
    style = Style(STYLES[0], rotations=(0, 90))
    loss = StyleLoss(LAYERS)
    objective = StyleObjective(EXTRACTOR, [loss], style, style_size=32)
    photographs, pictures = images(1), images(1)
    found = to_numpy(objective(photographs, pictures))
    expected = expected_terms(objective, photographs[0], pictures[0], 0)
    np.testing.assert_allclose(found, sum(expected.values()), rtol=1e-4)
    alone = StyleObjective(EXTRACTOR, [loss], STYLES[0], style_size=32)
    assert to_numpy(alone(photographs, pictures)) != found


class Brightness(Loss):
    """A user-defined loss."""

    def __init__(self) -> None:
        super().__init__(["image"], target="content")

    def represent(self, features: Any) -> dict[str, Any]:
        return {"mean": ops.mean(features)}

    def compare(self, actual: Any, target: Any) -> Any:
        return ops.square(actual["mean"] - target["mean"])


def test_a_custom_loss_has_its_closed_form_and_its_gradient() -> None:
    objective = StyleObjective(EXTRACTOR, [Brightness()], STYLES[0], style_size=32)
    photographs, pictures = images(2), images(2)
    difference = pictures.mean((1, 2, 3)) - photographs.mean((1, 2, 3))
    found = to_numpy(objective.terms(photographs, pictures)["brightness"])
    np.testing.assert_allclose(found, difference**2, rtol=1e-3)


class Picture(keras.Model):
    """A model whose only weight is the output image."""

    def __init__(self, start: np.ndarray) -> None:
        super().__init__()
        self.picture = self.add_weight(
            shape=start.shape, initializer=lambda shape, dtype: ops.convert_to_tensor(start)
        )

    def call(self, photographs: Any) -> Any:
        return self.picture + 0 * ops.mean(photographs)


def test_gradients_are_those_of_finite_differences() -> None:
    """One step of gradient descent moves the image against the gradient."""
    objective = tiny_objective(1)
    photograph, start = images(1, 12), images(1, 12)
    model = Picture(start)
    model.compile(keras.optimizers.SGD(1.0), loss=objective)
    model.train_on_batch(photograph, photograph)
    gradient = start - to_numpy(model.picture)
    direction = RANDOM.normal(size=start.shape).astype(np.float32)
    ahead, behind = (
        float(to_numpy(objective(photograph, start + step * direction))) for step in (0.05, -0.05)
    )
    np.testing.assert_allclose((gradient * direction).sum(), (ahead - behind) / 0.1, rtol=0.02)


def test_the_photograph_carries_no_gradient() -> None:
    """Otherwise a model could reduce the loss by changing the photograph."""

    class Both(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.shift = self.add_weight(shape=(), initializer="zeros")
            self.objective = None

        def call(self, photographs: Any) -> Any:
            return photographs + 0 * self.shift

        def compute_loss(self, x: Any, y: Any, y_pred: Any, *others: Any, **more: Any) -> Any:
            return loss(y + 30 * self.shift + 10, ops.stop_gradient(y_pred)) + 0 * self.shift

    loss = StyleObjective(EXTRACTOR, [ContentLoss(LAYERS)], STYLES[0], style_size=32)
    model = Both()
    model.compile(keras.optimizers.SGD(1.0))
    photograph = images(1)
    model.train_on_batch(photograph, photograph)
    assert float(to_numpy(model.shift)) == 0


def test_any_model_of_images_can_be_trained_with_any_extractor() -> None:
    inputs = keras.Input((None, None, 3))
    features = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="features")(inputs)
    extractor = KerasFeatureExtractor(keras.Model(inputs, features), preprocess=lambda x: x / 255)
    objective = StyleObjective(
        extractor, [ContentLoss(["features"]), StyleLoss(["features"])], STYLES[:2], style_size=32
    )
    before = [to_numpy(weight).copy() for weight in extractor.model.weights]
    painter = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(3, 1)])
    painter.compile(keras.optimizers.Adam(0.05), loss=objective)
    photographs = images(4)
    history = painter.fit(photographs, photographs, batch_size=2, epochs=4, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    for old, weight in zip(before, extractor.model.weights, strict=True):
        np.testing.assert_array_equal(old, to_numpy(weight))


def test_it_is_compiled_with_xla() -> None:
    photographs = images(2)
    network = random_network(styles=2, width=1, blocks=0)
    objective = tiny_objective(2, [StyleLoss(["filters_3"])])
    expected = to_numpy(objective(photographs, network(photographs)))
    jit = keras.backend.backend() != "torch"
    network.compile("adam", loss=objective, jit_compile=jit)
    found = network.train_on_batch(photographs, photographs)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_in_16_bits_it_has_the_same_value() -> None:
    photographs, pictures = images(2), images(2)
    found = [
        to_numpy(
            StyleObjective(
                EXTRACTOR,
                [ContentLoss(LAYERS), StyleLoss(LAYERS)],
                STYLES[0],
                style_size=32,
                precision=precision,
            )(photographs, pictures)
        )
        for precision in ("float32", "mixed_bfloat16")
    ]
    assert found[0] != found[1]
    np.testing.assert_allclose(*found, rtol=0.02)


def test_network_and_objective_must_have_the_same_number_of_styles() -> None:
    network = random_network(styles=2)
    network.compile("adam", loss=tiny_objective(3))
    with pytest.raises(ValueError, match=r"objective with 2 styles.*StyleNetwork\(styles=3\)"):
        network.fit(images(2), images(2), verbose=0)


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "512"])
def test_invalid_style_sizes_are_refused(size: Any) -> None:
    with pytest.raises(ValueError, match="style_size"):
        StyleObjective(EXTRACTOR, [StyleLoss(LAYERS)], STYLES[0], style_size=size)


def test_styles_have_the_requested_size() -> None:
    for size, longer in ((32, 32), (None, max(STYLES[0].shape))):
        objective = StyleObjective(EXTRACTOR, [StyleLoss(LAYERS)], STYLES[0], style_size=size)
        assert max(objective.style_images[0].image.shape) == longer


def test_masks_and_no_style_are_refused(tmp_path: Path) -> None:
    mask = np.zeros(STYLES[0].shape[:2], np.uint8)
    mask[:5] = 255
    with pytest.raises(ValueError, match="without masks"):
        StyleObjective(EXTRACTOR, [StyleLoss(LAYERS)], Style(STYLES[0], mask=mask))
    with pytest.raises(ValueError, match="weight=2. Mix them when you paint"):
        StyleObjective(EXTRACTOR, [StyleLoss(LAYERS)], Style(STYLES[0], weight=2))
    with pytest.raises(ValueError, match="TemporalLoss, which compares frames"):
        StyleObjective(EXTRACTOR, [nst_framework.TemporalLoss()], STYLES[0])
    with pytest.raises(ValueError, match="style"):
        StyleObjective(EXTRACTOR, [StyleLoss(LAYERS)], [])
    with pytest.raises(FileNotFoundError):
        StyleObjective(EXTRACTOR, [StyleLoss(LAYERS)], tmp_path / "missing.png")


def test_the_record_has_a_name_a_style_and_a_thumbnail(tmp_path: Path) -> None:
    nst_framework.write_image(tmp_path / "waves.png", STYLES[0])
    objective = StyleObjective(
        EXTRACTOR, [StyleLoss(LAYERS)], [tmp_path / "waves.png", STYLES[1]], style_size=32
    )
    record = objective.record()
    assert record.names == ("waves", "style 2")
    (tmp_path / "t.jpg").write_bytes(record.thumbnail)
    assert read_image(tmp_path / "t.jpg").shape == (96, 192, 3)
    assert isinstance(StyleNetwork(2, 1, 0), keras.Model)
