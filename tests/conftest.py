"""A tiny network and small images, for tests in which VGG16 would add nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from nst_framework import (
    ContentLoss,
    FeatureExtractor,
    ReceptiveField,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
)
from nst_framework.testing import double_precision


@keras.saving.register_keras_serializable("nst_framework_tests")
class TinyExtractor(FeatureExtractor):
    """Two convolutions with fixed random kernels and a pooling between them."""

    layer_names = ("first", "second")

    def __init__(self, seed: int = 0) -> None:
        generator = np.random.default_rng(seed)
        self.seed = seed
        self.kernels = (
            generator.normal(0, 0.2, (3, 3, 3, 6)),
            generator.normal(0, 0.2, (3, 3, 6, 8)),
        )

    def preprocess(self, image: Any) -> Any:
        return image / 127.5 - 1

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        kernels = [ops.cast(kernel, image.dtype) for kernel in self.kernels]
        first = ops.relu(ops.conv(image, kernels[0], padding="same"))
        features = {"first": first}
        if "second" in layers:
            pooled = ops.average_pool(first, 2, strides=2)
            features["second"] = ops.relu(ops.conv(pooled, kernels[1], padding="same"))
        return {layer: features[layer] for layer in layers}

    def minimum_size(self, layers: Sequence[str]) -> int:
        return 2 if "second" in layers else 1

    def receptive_field(self, layer: str) -> ReceptiveField:
        return {"first": ReceptiveField(1, 1), "second": ReceptiveField(2, 3)}[layer]

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}


def tiny_losses() -> list[Any]:
    return [ContentLoss(["second"]), StyleLoss(["first", "second"]), TotalVariationLoss()]


TINY_WEIGHTS = {"content_loss": 1.0, "style_loss": 20.0, "total_variation_loss": 1e-5}


@pytest.fixture
def float64() -> Iterator[None]:
    """For tests that compare in float64; `tests/backend` compares the backends with TensorFlow."""
    if keras.backend.result_type("float64") != "float64":
        pytest.skip("Keras computes in float32 on this backend.")
    with double_precision():
        yield


@pytest.fixture
def tiny_extractor() -> TinyExtractor:
    return TinyExtractor()


@pytest.fixture
def content() -> np.ndarray:
    """A slope of colours with a bright square, (20, 26, 3)."""
    rows, columns = np.mgrid[0:20, 0:26]
    image = np.stack([rows * 12, columns * 9, (rows + columns) * 5], axis=-1)
    image[5:10, 8:16] = 240
    return image.astype(np.uint8)


@pytest.fixture
def style() -> np.ndarray:
    """Coloured stripes, (24, 18, 3)."""
    rows, columns = np.mgrid[0:24, 0:18]
    stripes = 127 + 100 * np.sin((rows + 2 * columns) / 3)
    return np.stack([stripes, 255 - stripes, np.full_like(stripes, 90)], axis=-1).astype(np.uint8)


def compile_tiny(trainer: Trainer, **arguments: Any) -> None:
    trainer.compile(tiny_losses(), loss_weights=TINY_WEIGHTS, **arguments)


@pytest.fixture
def trainer(tiny_extractor: TinyExtractor) -> Trainer:
    """A compiled trainer over the tiny network."""
    trainer = Trainer(tiny_extractor)
    compile_tiny(trainer)
    return trainer


@pytest.fixture
def fit_arguments(content: np.ndarray, style: np.ndarray) -> dict[str, Any]:
    """What `fit` takes for a run that lasts a moment."""
    return {
        "content": content,
        "style": style,
        "size": None,
        "epochs": 2,
        "steps_per_epoch": 5,
        "verbose": 0,
    }
