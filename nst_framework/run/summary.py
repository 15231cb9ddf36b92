"""The text of `Trainer.summary`: network, layers, losses, optimizer and memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from keras import ops

from ..defaults import SIZE
from ..losses.base import IMAGE
from ..objective.recipe import Recipe, layers_of
from ..objective.tiled.size import run_memory
from ..optimizers.base import Optimizer
from ..optimizers.keras_optimizer import KerasOptimizer
from .run import Run

SIDE = 64
"""Side, in pixels, of the image on which the network is run to count its channels."""


def summarize(recipe: Recipe, optimizer: Optimizer | None, run: Run | None) -> str:
    """Describes network, features, losses and weights, optimizer and estimated memory.

    `optimizer` is `None` before `compile`, and `run` is `None` before `fit`.
    """
    network = f"Network: {type(recipe.extractor).__name__}, {recipe.precision}"
    if optimizer is None:
        return f"{network}\nNo losses yet: call compile."
    weights = run.weights if run else recipe.weights
    stage = run.stages[-1] if run else None
    shape = stage.images.content.shape[:2] if stage else None
    layers = [
        (layer, _features(recipe, layer, shape), ", ".join(_losses_at(recipe, layer)))
        for layer in layers_of(recipe.losses)
    ]
    losses = [
        (loss.name, type(loss).__name__, _weight(recipe, loss.name, weights[loss.name], run))
        for loss in recipe.losses
    ]
    height, width = shape or (SIZE, SIZE)
    optimizer_bytes = optimizer.bytes_per_pixel() * height * width
    tile_size = stage.tile_size if stage else None
    shapes = [(height, width)]
    shapes += [style.image.shape[:2] for style in stage.images.styles] if stage else []
    memory = run_memory(shapes, tile_size, recipe, optimizer_bytes)
    resolution = stage.resolution if stage else f"{width} x {height} pixels"
    return "\n".join(
        [
            network,
            "",
            *_table(("Layer", "Features", "Losses"), layers),
            "",
            *_table(("Loss", "Class", "Weight"), losses),
            "",
            f"Optimizer: {_settings(optimizer)}",
            f"Memory: about {memory / 1e9:.1f} GB for {resolution}",
        ]
    )


def _losses_at(recipe: Recipe, layer: str) -> list[str]:
    return [loss.name for loss in recipe.losses if layer in loss.layers]


def _weight(recipe: Recipe, name: str, weight: float, run: Run | None) -> str:
    if recipe.gradient_shares is None:
        return f"{weight:.4g}"
    share = f"{recipe.gradient_shares[name]:.2%} of the gradient"
    return f"{weight:.4g}, for {share}" if run else f"{share}; fit finds the weight"


def _settings(optimizer: Optimizer) -> str:
    if isinstance(optimizer, KerasOptimizer):
        # Keras would list a dozen settings, most of them defaults.
        rate = float(ops.convert_to_numpy(optimizer.learning_rate))
        return f"{type(optimizer.optimizer).__name__}(learning_rate={rate:.4g})"
    settings = ", ".join(f"{name}={value}" for name, value in optimizer.get_config().items())
    return f"{type(optimizer).__name__}({settings})"


def _features(recipe: Recipe, layer: str, shape: tuple[int, int] | None) -> str:
    """The shape of a layer's features, such as `(64, 48, 512)` or `(height / 8, width / 8, 512)`.

    `shape` is the image's height and width, if known. The network is run on a small image.
    """
    extractor = recipe.extractor
    stride, channels = 1, 3
    if layer != IMAGE:
        side = max(SIDE, extractor.minimum_size([layer]))
        image = ops.convert_to_tensor(np.zeros((1, side, side, 3), np.float32))
        channels = extractor(image, [layer])[layer].shape[-1]
        field = extractor.receptive_field(layer)
        if field is None:
            return f"(?, ?, {channels})"
        stride = field.stride
    if shape is not None:
        return f"({shape[0] // stride}, {shape[1] // stride}, {channels})"
    divided = f" / {stride}" if stride > 1 else ""
    return f"(height{divided}, width{divided}, {channels})"


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    lines = [heading, ["-" * width for width in widths], *rows]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
