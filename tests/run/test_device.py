"""Transfers from Keras's device during a run, and retracing in the next run."""

from __future__ import annotations

import importlib
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses

from nst_framework import (
    Loss,
    Objective,
    ProjectedLBFGS,
    Recipe,
    Style,
    StyleLoss,
    TiledObjective,
    Trainer,
)
from nst_framework.images.pixels import to_batch
from nst_framework.images.styles import StyleImage

FitArguments = dict[str, Any]
PIXELS = 100
"""More numbers than an evaluation returns, and fewer than an image has."""


@pytest.fixture
def transfers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of elements in each transfer from Keras's device to the host."""
    sizes: list[int] = []

    def count(function: Any) -> Any:
        def counting(tensor: Any) -> np.ndarray:
            array = function(tensor)
            sizes.append(array.size)
            return array

        return counting

    backend = importlib.import_module(f"nst_framework.backend.on_{keras.backend.backend()}")
    monkeypatch.setattr(backend, "as_numpy", count(backend.as_numpy))
    monkeypatch.setattr(keras.ops, "convert_to_numpy", count(keras.ops.convert_to_numpy))
    return sizes


class AsksForImage(keras.callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        assert self.model.image.any()
        assert self.model.image.any()


@pytest.mark.parametrize("color", ["style", "luminance"])
def test_an_evaluation_makes_one_transfer_of_its_numbers(
    trainer: Trainer, fit_arguments: FitArguments, transfers: list[int], color: str
) -> None:
    trainer.compile(tiny_losses(), TINY_WEIGHTS, keras.optimizers.SGD(1e-3), precision="float32")
    arguments = {**fit_arguments, "epochs": 1, "steps_per_epoch": 4, "color": color}
    trainer.fit(**arguments)
    # The loss, its terms, and whether the gradient is finite, in one evaluation more than steps.
    assert transfers == [1 + len(TINY_WEIGHTS) + 1] * 5


def test_the_image_leaves_the_device_once_when_a_callback_asks(
    trainer: Trainer, fit_arguments: FitArguments, transfers: list[int]
) -> None:
    for optimizer in (keras.optimizers.Adam(1.0), ProjectedLBFGS()):
        trainer.compile(tiny_losses(), TINY_WEIGHTS, optimizer, precision="float32")
        arguments = {**fit_arguments, "epochs": 1, "steps_per_epoch": 4}
        transfers.clear()
        trainer.fit(**arguments, callbacks=[AsksForImage()])
        assert len([size for size in transfers if size > PIXELS]) == 1


def test_a_gradient_is_of_the_images_kind(
    tiny_extractor: TinyExtractor, content: np.ndarray, style: np.ndarray
) -> None:
    recipe = Recipe(tiny_extractor, tiny_losses(), TINY_WEIGHTS)
    images = to_batch(content), to_batch(style)
    start = np.random.default_rng(0).uniform(0, 255, images[0].shape).astype(np.float32)
    for objective in (Objective(recipe, *images), TiledObjective(recipe, *images, tile_size=16)):
        array = objective(start)
        tensor = objective(keras.ops.convert_to_tensor(start))
        assert isinstance(array.gradient, np.ndarray)
        assert keras.ops.is_tensor(tensor.gradient)
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(tensor.gradient), array.gradient)
        assert tensor.logs == array.logs


class CountsTraces(Loss):
    """The mean square of the image, which counts how often Python runs its `compare`."""

    mean_over_positions = "represent"

    def __init__(self) -> None:
        super().__init__(target="style")
        self.traces = 0

    def represent(self, features: Any) -> Any:
        return keras.ops.mean(keras.ops.square(features / 255), axis=(0, 1, 2))

    def compare(self, actual: Any, target: Any) -> Any:
        self.traces += 1
        return keras.ops.sum(keras.ops.square(actual - target))


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch runs functions without tracing them"
)
@pytest.mark.parametrize("tile_size", [None, 32])
@pytest.mark.parametrize("masked", [False, True])
def test_a_further_fit_of_the_same_shape_traces_nothing_again(
    trainer: Trainer, fit_arguments: FitArguments, tile_size: int | None, masked: bool
) -> None:
    loss = CountsTraces()
    loss.ignores_order = True
    trainer.compile(loss, optimizer=ProjectedLBFGS(), tile_size=tile_size)
    arguments = {**fit_arguments, "size": 64, "epochs": 1, "steps_per_epoch": 3}
    if masked:
        half = np.zeros(arguments["style"].shape[:2], np.float32)
        half[:, :9] = 1
        arguments["style"] = Style(arguments["style"], mask=half)
    trainer.fit(**arguments)
    traces = loss.traces
    assert traces > 0
    arguments["content"] = arguments["content"][::-1].copy()
    result = trainer.fit(**arguments).history["loss"]
    assert loss.traces == traces

    again = CountsTraces()
    again.ignores_order = True
    trainer.compile(again, optimizer=ProjectedLBFGS(), tile_size=tile_size)
    assert trainer.fit(**arguments).history["loss"] == result, "as with a new function"


def test_functions_that_differ_only_in_a_mask_are_not_mixed_up(
    tiny_extractor: TinyExtractor, content: np.ndarray, style: np.ndarray
) -> None:
    batch = to_batch(content)

    def evaluate(recipe: Recipe, columns: int, tile_size: int | None) -> float:
        mask = np.zeros(content.shape[:2], np.float32)
        mask[:, :columns] = 1
        styles = [StyleImage(style, content_mask=mask)]
        if tile_size is None:
            return Objective(recipe, batch, styles)(batch).loss
        return TiledObjective(recipe, batch, styles, tile_size)(batch).loss

    def recipe() -> Recipe:
        return Recipe(tiny_extractor, [StyleLoss(["first"])], {"style_loss": 1.0})

    for tile_size in (None, 16):
        shared = recipe()
        # The first tile of each of these masks is white, but covers a different part of the region.
        for columns in (16, 20, 26):
            assert evaluate(shared, columns, tile_size) == evaluate(recipe(), columns, tile_size)
