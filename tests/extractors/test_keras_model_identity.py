"""Checkpoints distinguish Keras models."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from keras_models import convolutions, half, sequential_outside, tiny_model

from nst_framework import KerasFeatureExtractor, StyleLoss, Trainer
from nst_framework.callbacks import Checkpoint


@pytest.mark.parametrize(
    ("changed", "entry"),
    [
        (lambda: KerasFeatureExtractor(tiny_model("tanh"), half), "layers"),
        (lambda: KerasFeatureExtractor(tiny_model(seed=1), half), "weights"),
        (lambda: KerasFeatureExtractor(tiny_model()), "preprocess"),
    ],
)
def test_a_checkpoint_distinguishes_models(changed: Any, entry: str) -> None:
    config = KerasFeatureExtractor(tiny_model(), half).get_config()
    again = KerasFeatureExtractor(tiny_model(), half).get_config()
    assert config == again, "although Keras has changed the number in the input's name"
    other = changed().get_config()
    assert [name for name in config if config[name] != other[name]] == [entry]


def test_a_checkpoint_distinguishes_nested_models() -> None:
    def config(**arguments: Any) -> dict[str, Any]:
        return KerasFeatureExtractor(sequential_outside(convolutions(**arguments))).get_config()

    one, same, other = config(), config(name="again"), config(seed=4)
    assert one["layers"] == same["layers"], "names are ignored in nested models, too"
    assert one["weights"] == same["weights"] != other["weights"]


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
        # On PyTorch, Keras runs such a layer to infer its shape; a batch of 83 takes 20 GB.
        inputs = keras.Input((None, None, 3), batch_size=1)
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
    assert plain["preprocess"] == "keras_models.half"


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
