"""Checks that a loss declared to be a mean over positions is one, so that tiles are exact."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from ..extractors.base import FeatureExtractor, ReceptiveField
from ..losses.base import IMAGE
from ..objective.recipe import Recipe
from ..objective.tiled.objective import TiledObjective
from ..objective.whole import Objective
from .requirements import relative_error, require
from .trials import LossTrial, random_image

PARTS_TOLERANCE = 1e-6
TILES_TOLERANCE = 1e-4

CHANNELS = 8
POOLINGS = 2


def check_parts(trial: LossTrial) -> None:
    """The parts' means, weighted by their numbers of positions, add up to that of the whole."""
    loss = trial.loss
    if loss.mean_over_positions is None or trial.relates_layers:
        return
    for layer in loss.layers:
        for axis, direction in ((1, "top and bottom"), (2, "left and right")):
            whole = _mean(trial, layer, trial.actual[layer], trial.reference[layer])
            added: list[Any] = [0.0] * len(whole)
            for share, index in _parts(trial.actual[layer].shape, axis, loss.window):
                actual, reference = trial.actual[layer][index], trial.reference[layer][index]
                part = _mean(trial, layer, actual, reference)
                require(
                    [each.shape for each in part] == [each.shape for each in whole],
                    f"{trial.name}.represent at layer {layer!r} returns a different shape for a "
                    "part of the features than for the whole, though mean_over_positions is "
                    "'represent': return a mean over positions, or set it to None.",
                )
                added = [total + share * each for total, each in zip(added, part, strict=True)]
            error = max(map(relative_error, added, whole), default=0.0)
            require(
                error < PARTS_TOLERANCE,
                f"{trial.name}.{loss.mean_over_positions} is not a mean over positions at layer "
                f"{layer!r}, though mean_over_positions says so: {direction}, weighted by their "
                "numbers of positions, do not add up to the whole (a relative difference of "
                f"{error:.2g}). Divide by the number of positions, correct window={loss.window}, "
                "or set mean_over_positions to None.",
            )


def check_tiles(trial: LossTrial) -> None:
    """An image in two tiles has the value and the gradient of the whole image."""
    loss = trial.loss
    if loss.mean_over_positions is None:
        return
    network = SmallNetwork([layer for layer in loss.layers if layer != IMAGE])
    stride = max(
        (network.receptive_field(layer).stride for layer in network.layer_names), default=1
    )
    height = stride * max(6, 2 * loss.window)
    generator = np.random.default_rng(6)
    content, style, image = (
        random_image(height, 2 * height - 1, generator).astype(np.float32) for _ in range(3)
    )
    recipe = Recipe(network, [loss], {loss.name: 1.0})
    whole = Objective(recipe, content, style)(image)
    tiled = TiledObjective(recipe, content, style, tile_size=height)(image)
    advice = (
        f"though mean_over_positions is {loss.mean_over_positions!r}: let each layer's statistic "
        f"be a mean over that layer's positions, correct window={loss.window}, or set "
        "mean_over_positions to None."
    )
    require(
        math.isclose(tiled.loss, whole.loss, rel_tol=TILES_TOLERANCE),
        f"{trial.name} is {whole.loss:g} for a whole image and {tiled.loss:g} for the same image "
        f"in two tiles, {advice}",
    )
    error = relative_error(tiled.gradient, whole.gradient)
    require(
        error < TILES_TOLERANCE,
        f"The gradient of {trial.name} for an image in two tiles differs from that for the whole "
        f"image (a relative difference of {error:.2g}), {advice}",
    )


def _mean(trial: LossTrial, layer: str, actual: np.ndarray, reference: np.ndarray) -> list[Any]:
    """What the loss declares to be a mean over positions, as a list of arrays."""
    loss = trial.loss
    result = loss.represent(ops.convert_to_tensor(actual))
    if loss.mean_over_positions == "compare":
        has_target = loss.target is not None
        target = loss.represent(ops.convert_to_tensor(reference)) if has_target else None
        result = loss.compare(result, target)
    return [np.asarray(ops.convert_to_numpy(leaf)) for leaf in keras.tree.flatten(result)]


def _parts(
    shape: tuple[int, ...], axis: int, window: int
) -> Iterator[tuple[float, tuple[slice, ...]]]:
    """Two unequal parts and their shares; a window belongs to the part with its first position."""
    terms = shape[axis] - window + 1
    middle = terms // 3
    for start, stop in ((0, middle), (middle, terms)):
        index = [slice(None)] * len(shape)
        index[axis] = slice(start, stop + window - 1)
        yield (stop - start) / terms, tuple(index)


class SmallNetwork(FeatureExtractor):
    """A convolution with random kernels for each layer, and pooling before two of them.

    Args:
        layer_names: The layers' names, in order.
    """

    def __init__(self, layer_names: Sequence[str]) -> None:
        self.layer_names = tuple(layer_names)
        generator = np.random.default_rng(0)
        self._kernels = []
        inputs = 3
        for _ in self.layer_names:
            spread = np.sqrt(2 / (9 * inputs))
            self._kernels.append(generator.normal(0, spread, (3, 3, inputs, CHANNELS)))
            inputs = CHANNELS

    def preprocess(self, image: Any) -> Any:
        """Maps 0 to 255 to -1 to 1."""
        return image / 127.5 - 1

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        """Runs the whole network."""
        features = {}
        for index, (name, kernel) in enumerate(zip(self.layer_names, self._kernels, strict=True)):
            if _is_pooled(index):
                image = ops.average_pool(image, 2, strides=2, data_format="channels_last")
            kernel = ops.cast(kernel, image.dtype)
            image = ops.conv(image, kernel, padding="same", data_format="channels_last")
            image = ops.relu(image)
            features[name] = image
        return {layer: features[layer] for layer in layers}

    def receptive_field(self, layer: str) -> ReceptiveField:
        """Each convolution looks one position further."""
        stride, halo = 1, 0
        for index in range(self.layer_names.index(layer) + 1):
            stride *= 2 if _is_pooled(index) else 1
            halo += stride
        return ReceptiveField(stride, halo)


def _is_pooled(index: int) -> bool:
    return 1 <= index <= POOLINGS
