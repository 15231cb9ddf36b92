"""Small Keras models, for tests of the extractor that wraps them."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def tiny_model(activation: str = "relu", seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((None, None, 3))
    first = layers.Conv2D(4, 3, padding="same", activation=activation, name="first")(inputs)
    normal = layers.BatchNormalization(name="normal")(first)
    dropped = layers.Dropout(0.5, name="dropped")(normal)
    second = layers.Conv2D(5, 3, strides=2, name="second")(dropped)
    mean = layers.GlobalAveragePooling2D(name="mean")(second)
    return keras.Model(inputs, layers.Dense(2, name="dense")(mean), name="tiny")


def half(image: Any) -> Any:
    return image / 2


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
