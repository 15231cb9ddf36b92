"""Whether a loss that says it is a mean over positions is one, so that tiles are exact."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from ..losses.base import IMAGE
from ..objective.recipe import Recipe
from ..objective.tiled.objective import TiledObjective
from ..objective.whole import Objective
from .loss_trial import LossTrial
from .network import SmallNetwork
from .requirements import relative_error, require
from .samples import random_image

PARTS_TOLERANCE = 1e-6
TILES_TOLERANCE = 1e-4


def check_parts(trial: LossTrial) -> None:
    """The parts' means, weighted by their positions, add up to the whole's."""
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
                    f"{trial.name}.represent at layer {layer!r} returns another shape for a part "
                    "of the features than for the whole, though mean_over_positions is "
                    "'represent': return a mean over positions, or set it to None.",
                )
                added = [total + share * each for total, each in zip(added, part, strict=True)]
            error = max(map(relative_error, added, whole), default=0.0)
            require(
                error < PARTS_TOLERANCE,
                f"{trial.name}.{loss.mean_over_positions} is no mean over positions at layer "
                f"{layer!r}, though mean_over_positions says so: {direction}, weighted by their "
                f"positions, give another result than the whole (by {error:.2g} of it), so divide "
                f"by the number of positions, correct window={loss.window}, or set "
                "mean_over_positions to None.",
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
        f"{trial.name} is {whole.loss:g} for a whole image and {tiled.loss:g} for it in two tiles, "
        f"{advice}",
    )
    error = relative_error(tiled.gradient, whole.gradient)
    require(
        error < TILES_TOLERANCE,
        f"The gradient of {trial.name} for an image in two tiles differs from that for the whole "
        f"image by {error:.2g} of it, {advice}",
    )


def _mean(trial: LossTrial, layer: str, actual: np.ndarray, reference: np.ndarray) -> list[Any]:
    """What the loss says is a mean over positions, as a list of arrays."""
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
    """Two unequal parts, with their shares; a window belongs to the one with its first position."""
    terms = shape[axis] - window + 1
    middle = terms // 3
    for start, stop in ((0, middle), (middle, terms)):
        index = [slice(None)] * len(shape)
        index[axis] = slice(start, stop + window - 1)
        yield (stop - start) / terms, tuple(index)
