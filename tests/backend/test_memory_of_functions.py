"""Compiled functions are freed when a network, a trainer or a size is no longer used."""

from __future__ import annotations

import gc
import importlib
import inspect
import weakref
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TinyExtractor
from keras import ops

from nst_framework import Trainer, losses
from nst_framework.backend import compile_function, value_and_gradient
from nst_framework.jobs.trainer import make_trainer
from nst_framework.memory import CACHE_SIZE, LRUCache
from nst_framework.settings.layers import effective_settings

BACKEND = keras.backend.backend()
KINDS = [getattr(losses, name) for name in losses.__all__ if name != "Loss"]


def compiled_functions() -> int:
    """The number of graphs or executables that the backend holds."""
    gc.collect()
    if BACKEND == "tensorflow":
        graphs = importlib.import_module("tensorflow.python.framework.func_graph")
        return sum(isinstance(each, graphs.FuncGraph) for each in gc.get_objects())
    if BACKEND == "jax":
        return len(importlib.import_module("jax").devices()[0].client.live_executables())
    return 0


def registered_gradients() -> int:
    """The number of functions that TensorFlow keeps forever because they compute gradients."""
    if BACKEND != "tensorflow":
        return 0
    registry = importlib.import_module("tensorflow.python.framework.ops").gradient_registry
    return len(registry.list())


def with_tiny_layers(kind: type[losses.Loss]) -> losses.Loss:
    has_layers = "layers" in inspect.signature(kind).parameters
    return kind(layers=["first", "second"]) if has_layers else kind()


def test_the_least_recently_used_value_is_dropped() -> None:
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name

    kept = LRUCache(2)
    assert [kept.get(name, lambda name=name: make(name)) for name in "abacab"] == list("abacab")
    assert made == list("abcb")
    assert len(kept) == 2


@pytest.mark.skipif(BACKEND != "tensorflow", reason="PyTorch keeps none, and JAX has a limit")
@pytest.mark.parametrize("compiler", [compile_function, value_and_gradient])
def test_functions_of_earlier_sizes_are_dropped(compiler: Any) -> None:
    def function(array: Any) -> Any:
        total = ops.sum(ops.sin(array))
        return (total, {}) if compiler is value_and_gradient else total

    compiled = compiler(function)
    arrays = [np.ones(size, np.float32) for size in range(1, 2 * CACHE_SIZE + 1)]
    before = compiled_functions()
    for array in arrays:
        compiled(array)
    assert compiled_functions() - before == CACHE_SIZE


@pytest.mark.skipif(BACKEND != "jax", reason="Others have no limit for the whole process")
def test_the_caches_of_jax_are_cleared_when_they_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    on_jax = importlib.import_module("nst_framework.backend.on_jax")
    limit = compiled_functions() + 20
    monkeypatch.setattr(on_jax, "MAX_EXECUTABLES", limit)

    def function(array: Any) -> Any:
        return ops.sum(ops.sin(array)), {}

    compiled = value_and_gradient(function)
    counts = []
    for size in range(1, 60):
        value, _, gradient = compiled(np.ones(size, np.float32))
        assert float(value) == pytest.approx(size * np.sin(1))
        assert np.asarray(gradient) == pytest.approx(np.cos(1))
        counts.append(compiled_functions())
    assert max(counts) <= limit + 2
    assert min(counts) < limit - 10


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_trainer_and_its_network_are_freed(
    kind: type[losses.Loss], content: np.ndarray, style: np.ndarray
) -> None:
    def fit() -> list[weakref.ref[Any]]:
        extractor = TinyExtractor()
        trainer = Trainer(extractor)
        trainer.compile([with_tiny_layers(kind)], optimizer="adam")
        trainer.fit(content, style, size=None, epochs=1, steps_per_epoch=1, verbose=0)
        return [weakref.ref(extractor), weakref.ref(trainer)]

    fit()  # The first call of an operation keeps memory once.
    functions, gradients = compiled_functions(), registered_gradients()
    references = fit()
    assert compiled_functions() <= functions
    assert registered_gradients() == gradients
    assert [each() for each in references] == [None, None]


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has a limit for the whole process")
@pytest.mark.parametrize("tile_size", [None, 32])
def test_a_trainer_keeps_the_functions_of_some_sizes(
    tile_size: int | None, tiny_extractor: TinyExtractor, style: np.ndarray
) -> None:
    trainer = Trainer(tiny_extractor)
    trainer.compile([losses.StyleLoss(["first"])], optimizer="adam", tile_size=tile_size)
    kept = []
    for width in range(40, 40 + 2 * (CACHE_SIZE + 3), 2):
        content = np.full((8, width, 3), width, np.uint8)
        trainer.fit(content, style, size=None, epochs=1, steps_per_epoch=1, verbose=0)
        kept.append(compiled_functions())
    assert kept[-1] == kept[-2] == kept[CACHE_SIZE]


def test_pictures_with_equal_networks_share_one(tmp_path: Path) -> None:
    def extractor(**settings: Any) -> Any:
        return make_trainer(effective_settings(settings)).extractor

    first = extractor(content_weight=1.0)
    assert extractor(content_weight=2.0, size=64) is first
    assert extractor(pooling="max") is not first
    assert extractor(content_weight=1.0) is not first
