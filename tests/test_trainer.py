"""`compile`, `fit` and `evaluate`; `run/test_run_endings.py` tests how runs end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses
from PIL import Image

from nst_framework import (
    ContentLoss,
    KerasFeatureExtractor,
    Style,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    write_image,
)
from nst_framework.callbacks import ImageSaver

FitArguments = dict[str, Any]


def test_the_loss_falls_and_is_the_sum_of_its_terms(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    history = trainer.fit(**fit_arguments).history
    assert set(history) == {"loss", "content_loss", "style_loss", "total_variation_loss"}
    assert all(len(values) == 2 for values in history.values())
    before = trainer.evaluate(trainer.content)["loss"]
    assert history["loss"][1] < history["loss"][0] < before
    for epoch in range(2):
        terms = sum(history[name][epoch] for name in history if name != "loss")
        assert terms == pytest.approx(history["loss"][epoch], rel=1e-5)


def test_a_real_network_moves_a_photograph_toward_the_style() -> None:
    generator = np.random.default_rng(0)
    content = np.full((64, 80, 3), 128, np.uint8)
    content[16:48, 20:60] = (200, 60, 40)
    style = generator.integers(0, 256, (8, 8, 3)).repeat(8, 0).repeat(8, 1).astype(np.uint8)
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile([ContentLoss(), StyleLoss(), TotalVariationLoss()])
    trainer.fit(content, style, size=None, epochs=1, steps_per_epoch=15, verbose=0)
    before, after = trainer.evaluate(content), trainer.evaluate()
    assert after["style_loss"] < 0.1 * before["style_loss"]
    assert trainer.image.shape == content.shape
    assert trainer.image.dtype == np.uint8


def test_paths_and_arrays_give_the_same_image(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    trainer.fit(**fit_arguments)
    from_arrays = trainer.image
    for name in ("content", "style"):
        write_image(tmp_path / f"{name}.png", fit_arguments[name])
        fit_arguments[name] = tmp_path / f"{name}.png"
    trainer.fit(**fit_arguments)
    np.testing.assert_array_equal(trainer.image, from_arrays)


def test_tensors_and_pillow_images_give_the_same_image_as_arrays(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    mask = np.eye(20, 26) > 0
    arguments = {**fit_arguments, "epochs": 1, "steps_per_epoch": 2}
    style = Style(arguments.pop("style"), content_mask=mask.astype(np.float32))
    trainer.fit(**{**arguments, "style": style}, initial_image=arguments["content"])
    image, losses = trainer.image, trainer.evaluate(arguments["content"])
    for convert in (Image.fromarray, keras.ops.convert_to_tensor):
        content = convert(fit_arguments["content"])
        converted = Style(
            convert(fit_arguments["style"]), content_mask=convert(255 * mask.astype(np.uint8))
        )
        trainer.fit(**{**arguments, "content": content, "style": converted}, initial_image=content)
        np.testing.assert_array_equal(trainer.image, image)
        assert trainer.evaluate(content) == losses
        trainer.fit(**{**arguments, "content": content, "style": convert(fit_arguments["style"])})


def test_size_is_the_longer_side_of_content_style_and_image(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    trainer.fit(**{**fit_arguments, "size": 13, "epochs": 1, "steps_per_epoch": 1})
    assert trainer.content.shape == trainer.image.shape == (10, 13, 3)
    assert trainer.style.shape == (13, 10, 3)


def test_initial_images(trainer: Trainer, fit_arguments: FitArguments) -> None:
    def first_image(initial_image: object, seed: int = 0) -> np.ndarray:
        first: list[np.ndarray] = []
        look = keras.callbacks.LambdaCallback(
            on_train_begin=lambda logs: first.append(trainer.image)
        )
        arguments = {**fit_arguments, "epochs": 1, "steps_per_epoch": 1, "callbacks": [look]}
        trainer.fit(**arguments, initial_image=initial_image, seed=seed)
        return first[0]

    given = np.full((20, 26, 3), 9, np.uint8)
    np.testing.assert_array_equal(first_image("content"), fit_arguments["content"])
    np.testing.assert_array_equal(first_image(given), given)
    assert first_image("style").shape == (20, 26, 3)
    np.testing.assert_array_equal(first_image("noise", 1), first_image("noise", 1))
    assert (first_image("noise", 1) != first_image("noise", 2)).any()


def test_a_larger_content_weight_preserves_more_of_the_content(
    tiny_extractor: TinyExtractor, fit_arguments: FitArguments
) -> None:
    def unweighted_content_loss(weight: float) -> float:
        trainer = Trainer(tiny_extractor)
        trainer.compile(
            tiny_losses(), {**TINY_WEIGHTS, "content_loss": weight}, precision="float32"
        )
        trainer.fit(**{**fit_arguments, "steps_per_epoch": 40})
        return trainer.evaluate()["content_loss"] / weight

    assert (
        unweighted_content_loss(4.0) < unweighted_content_loss(2.0) < unweighted_content_loss(1.0)
    )


def test_numpy_numbers_are_accepted(trainer: Trainer, fit_arguments: FitArguments) -> None:
    numbers = {name: np.int64(fit_arguments[name]) for name in ("epochs", "steps_per_epoch")}
    trainer.fit(**{**fit_arguments, **numbers, "initial_epoch": np.int64(1)})
    assert type(trainer.state.epoch) is int


def test_initial_epoch_counts_epochs_as_done(trainer: Trainer, fit_arguments: FitArguments) -> None:
    history = trainer.fit(**{**fit_arguments, "epochs": 7, "initial_epoch": 5})
    assert history.epoch == [5, 6]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "epochs=0"),
        ({"steps_per_epoch": 2.5}, "steps_per_epoch=2.5"),
        ({"initial_epoch": -1}, "initial_epoch=-1"),
        ({"size": 0}, "size=0"),
        ({"size": 1}, "at least 2 pixels.*larger size"),
        ({"verbose": 3}, "verbose=3"),
        ({"content": np.full((8, 8, 3), np.nan)}, "content.*NaN"),
        ({"style": np.zeros((8, 8, 2), np.uint8)}, r"style.*\(8, 8, 2\)"),
        ({"style": np.zeros(8, np.uint8)}, r"style.*\(8,\)"),
        ({"initial_image": np.zeros((2, 2, 2, 3), np.uint8)}, "initial_image"),
        ({"content": "no/such/photo.jpg"}, "content='no/such/photo.jpg'.*does not exist"),
    ],
)
def test_bad_arguments_of_fit(
    trainer: Trainer, fit_arguments: FitArguments, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        trainer.fit(**{**fit_arguments, **arguments})


def test_bad_input_leaves_the_previous_run_intact(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    trainer.fit(**fit_arguments)
    image = trainer.image
    with pytest.raises(ValueError, match="NaN"):
        trainer.fit(**{**fit_arguments, "style": np.full((8, 8, 3), np.nan)})
    (tmp_path / "file").touch()
    saver = ImageSaver(tmp_path / "file" / "image.png")
    with pytest.raises(OSError, match="Choose another folder"):
        trainer.fit(**{**fit_arguments, "initial_image": "style"}, callbacks=[saver])
    np.testing.assert_array_equal(trainer.image, image)
    assert trainer.evaluate()["loss"] > 0
    assert len(trainer.history.history["loss"]) == 2
    assert "all 5 steps done" in trainer.stop_reason


def test_an_image_too_small_for_the_deepest_layer_is_refused() -> None:
    trainer = Trainer(VGG16FeatureExtractor(weights=None))
    trainer.compile(StyleLoss())
    small = np.zeros((15, 40, 3), np.uint8)
    with pytest.raises(ValueError, match="at least 16 pixels.*15 x 40"):
        trainer.fit(small, small, size=None)


def test_fit_before_compile_and_results_before_fit(tiny_extractor: TinyExtractor) -> None:
    trainer = Trainer(tiny_extractor)
    with pytest.raises(RuntimeError, match="compile"):
        trainer.fit("a.png", "b.png")
    with pytest.raises(RuntimeError, match="fit"):
        _ = trainer.image
    with pytest.raises(RuntimeError, match="fit"):
        trainer.evaluate()
    with pytest.raises(ValueError, match="FeatureExtractor or a Keras model"):
        Trainer("vgg16")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no preprocess with a FeatureExtractor"):
        Trainer(tiny_extractor, preprocess=abs)


def test_a_keras_model_is_wrapped_with_its_preprocessing(fit_arguments: FitArguments) -> None:
    image = keras.Input((None, None, 3))
    model = keras.Model(image, keras.layers.Conv2D(2, 3, name="first")(image))

    def to_unit(image: Any) -> Any:
        return image / 255

    losses = {}
    for trainer in (
        Trainer(model, to_unit),
        Trainer(KerasFeatureExtractor(model, to_unit)),
        Trainer(model),
    ):
        trainer.compile(StyleLoss(["first"]))
        losses[trainer] = trainer.fit(**fit_arguments).history["loss"]
    wrapped, by_hand, unprocessed = losses.values()
    assert wrapped == by_hand != unprocessed


def test_evaluate_refuses_another_shape(trainer: Trainer, fit_arguments: FitArguments) -> None:
    trainer.fit(**fit_arguments)
    with pytest.raises(ValueError, match=r"\(20, 26, 3\).*\(5, 5, 3\)"):
        trainer.evaluate(np.zeros((5, 5, 3), np.uint8))


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch traces nothing")
def test_a_fit_traces_the_network_once_for_the_image_and_once_for_each_target(
    fit_arguments: FitArguments,
) -> None:
    class Counting(TinyExtractor):
        calls = 0

        def call(self, image: Any, layers: Any) -> dict[str, Any]:
            self.calls += 1
            return super().call(image, layers)

    trainer = Trainer(Counting())
    trainer.compile(tiny_losses(), loss_weights=TINY_WEIGHTS, precision="float32")
    trainer.fit(**{**fit_arguments, "epochs": 3})
    assert trainer.extractor.calls == 3
