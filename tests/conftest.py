"""A tiny network and small images, for tests in which VGG16 would add nothing."""

from __future__ import annotations

import copy
import functools
import json
import math
import os
from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

import keras
import needs
import numpy as np
import pytest
from keras import ops

from nst_framework import (
    ContentLoss,
    FeatureExtractor,
    ProjectedLBFGS,
    ReceptiveField,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
)
from nst_framework.extractors import vgg_weights
from nst_framework.run import progress
from nst_framework.testing import double_precision


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("slow") and not needs.IN_CI:
        pytest.skip("Slow; runs in CI: CI=true pytest -m slow")


@pytest.fixture(autouse=True)
def _environment_as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """Restores the thread counts that Dask changes in this process's environment."""
    if request.node.get_closest_marker("cluster") is None:
        yield
        return
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(scope="session", autouse=True)
def _on_any_machine() -> Iterator[None]:
    """Makes the output of a run independent of the machine's speed.

    Runs with slow evaluations do not print the shares of the gradient.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress, "SLOW", math.inf)
        yield


@pytest.fixture(scope="session", autouse=True)
def _solver_compiled_once() -> Iterator[None]:
    """Compiles the functions of L-BFGS once for all solvers of the same configuration."""

    names = ("_direct", "_move", "_measure")
    own = {name: ProjectedLBFGS.__dict__[name].func for name in names}

    @functools.cache
    def compiled(kind: type[ProjectedLBFGS], name: str, config: str) -> Any:
        return own[name](kind.from_config(json.loads(config)))

    def shared(name: str) -> property:
        return property(lambda self: compiled(type(self), name, json.dumps(self.get_config())))

    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(ProjectedLBFGS, name, shared(name))
        yield


@pytest.fixture(scope="session", autouse=True)
def _unpacked_once() -> Iterator[None]:
    """Unpacks the bundled weights once for all networks, which only read them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vgg_weights, "_bundled", functools.cache(vgg_weights._bundled))
        yield


@keras.saving.register_keras_serializable("nst_framework_tests")
class TinyExtractor(FeatureExtractor):
    """Two convolutions with fixed random kernels and a pooling layer between them."""

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
    """Enables float64 for tests that need it; `tests/backend` compares the other backends."""
    if keras.backend.result_type("float64") != "float64":
        pytest.skip("Keras computes in float32 on this backend.")
    with double_precision():
        yield


@pytest.fixture
def tiny_extractor() -> TinyExtractor:
    return TinyExtractor()


@pytest.fixture
def content() -> np.ndarray:
    """A color gradient with a bright square, (20, 26, 3)."""
    rows, columns = np.mgrid[0:20, 0:26]
    image = np.stack([rows * 12, columns * 9, (rows + columns) * 5], axis=-1)
    image[5:10, 8:16] = 240
    return image.astype(np.uint8)


@pytest.fixture
def style() -> np.ndarray:
    """Colored stripes, (24, 18, 3)."""
    rows, columns = np.mgrid[0:24, 0:18]
    stripes = 127 + 100 * np.sin((rows + 2 * columns) / 3)
    return np.stack([stripes, 255 - stripes, np.full_like(stripes, 90)], axis=-1).astype(np.uint8)


def compile_tiny(trainer: Trainer, **arguments: Any) -> None:
    """Compiles in float32, so that results are equally exact on every machine."""
    arguments = {"precision": "float32", **arguments}
    trainer.compile(tiny_losses(), loss_weights=TINY_WEIGHTS, **arguments)


@pytest.fixture(scope="session")
def first_trainer() -> Trainer:
    """A trainer that tests copy, so that its functions are compiled only once."""
    trainer = Trainer(TinyExtractor())
    compile_tiny(trainer)
    return trainer


@pytest.fixture
def trainer(first_trainer: Trainer) -> Trainer:
    """A compiled trainer with the tiny network, before its first run."""
    return copy.copy(first_trainer)


@pytest.fixture
def fit_arguments(content: np.ndarray, style: np.ndarray) -> dict[str, Any]:
    """Arguments of `fit` for a very short run."""
    return {
        "content": content,
        "style": style,
        "size": None,
        "epochs": 2,
        "steps_per_epoch": 5,
        "verbose": 0,
    }
