"""What is computed of one tile: its share of the statistics, and its part of the gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from ..backend import compile_function, value_and_gradient
from ..extractors.base import FeatureExtractor
from ..features import compute_features
from ..losses.base import Loss
from .layout import Tile

Statistics = dict[str, dict[str, Any]]
"""`{loss's name: {layer: nest of arrays}}`."""


@dataclass(frozen=True)
class Task:
    """One tile's work; nothing but arrays and numbers, so that it can be sent elsewhere.

    Attributes:
        tile: Which part of the image.
        pixels: The tile's crop of the image, array `(1, height, width, 3)`, float32.
        slopes: Derivative of the objective by each mean over positions.
        targets: Features that the tile's own are compared with, position by position.
    """

    tile: Tile
    pixels: np.ndarray
    slopes: Statistics = field(default_factory=dict)
    targets: Statistics = field(default_factory=dict)


class TileWorker:
    """Evaluates tiles; each kind of tile is compiled once.

    Args:
        extractor: The network.
        losses: Losses that are means over positions.
        weights: A weight for each loss by its name.
        compute_dtype: Type of number in the network; `None`: the image's.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        losses: Sequence[Loss],
        weights: Mapping[str, float],
        compute_dtype: str | None,
    ) -> None:
        extractor.prepare(compute_dtype or "float32")
        self.extractor = extractor
        self.weights = dict(weights)
        self.compute_dtype = compute_dtype
        self.averaged = [loss for loss in losses if loss.mean_over_positions == "represent"]
        self.compared = [loss for loss in losses if loss.mean_over_positions == "compare"]
        self._compiled: dict[object, Callable[..., Any]] = {}

    def statistics(self, task: Task) -> Statistics:
        """The tile's share of the statistics that are means over positions.

        Returns:
            Statistics that add up over the tiles.
        """

        def function(pixels: Any) -> Statistics:
            return self._shares(task.tile, self._own_features(self.averaged, task.tile, pixels))

        return self._run("statistics", task.tile, compile_function, function, task.pixels)

    def features(self, task: Task) -> Statistics:
        """What `represent` makes of the tile's own features, for losses that compare those."""

        def function(pixels: Any) -> Statistics:
            losses = [loss for loss in self.compared if loss.target is not None]
            own = self._own_features(losses, task.tile, pixels)
            return {
                loss.name: {
                    layer: loss.represent(own[loss.name][layer]) for layer in own[loss.name]
                }
                for loss in losses
            }

        return self._run("features", task.tile, compile_function, function, task.pixels)

    def gradient(self, task: Task) -> tuple[dict[str, float], np.ndarray]:
        """The tile's part of the terms and of the gradient.

        Returns:
            The parts of those terms that are compared position by position, and the derivative
            of the objective by the tile's crop, halo included.
        """

        def function(pixels: Any, slopes: Statistics, targets: Statistics) -> Any:
            own = self._own_features([*self.averaged, *self.compared], task.tile, pixels)
            value = _inner_product(slopes, self._shares(task.tile, own))
            terms = {}
            regions = dict(task.tile.regions)
            for loss in self.compared:
                total = ops.zeros((), dtype=pixels.dtype)
                for layer, features in own[loss.name].items():
                    statistics = {layer: loss.represent(features)}
                    compared = loss.compare_layers(statistics, targets.get(loss.name, {}))
                    total = total + regions[loss.name, layer].share * compared
                terms[loss.name] = self.weights[loss.name] * total
                value = value + terms[loss.name]
            return value, terms

        arguments = (task.pixels, task.slopes, task.targets)
        _, terms, gradient = self._run(
            "gradient", task.tile, value_and_gradient, function, *arguments
        )
        return {name: float(term) for name, term in terms.items()}, gradient

    def _run(
        self,
        name: str,
        tile: Tile,
        compiler: Callable[[Callable[..., Any]], Callable[..., Any]],
        function: Callable[..., Any],
        *arguments: Any,
    ) -> Any:
        key = name, tile.geometry
        if key not in self._compiled:
            self._compiled[key] = compiler(function)
        return keras.tree.map_structure(ops.convert_to_numpy, self._compiled[key](*arguments))

    def _own_features(self, losses: Sequence[Loss], tile: Tile, pixels: Any) -> Statistics:
        layers = dict.fromkeys(layer for loss in losses for layer in loss.layers)
        features = compute_features(self.extractor, pixels, layers, self.compute_dtype)
        own: Statistics = {loss.name: {} for loss in losses}
        for (name, layer), region in tile.regions:
            if name in own:
                own[name][layer] = features[layer][region.area.slices]
        return own

    def _shares(self, tile: Tile, own: Statistics) -> Statistics:
        regions = dict(tile.regions)
        shares: Statistics = {}
        for loss in self.averaged:
            shares[loss.name] = {}
            for layer, features in own[loss.name].items():
                share = regions[loss.name, layer].share
                shares[loss.name][layer] = keras.tree.map_structure(
                    lambda mean, share=share: share * mean, loss.represent(features)
                )
        return shares


def _inner_product(slopes: Statistics, statistics: Statistics) -> Any:
    total = 0.0
    for name, layers in statistics.items():
        for layer, nest in layers.items():
            pairs = zip(
                keras.tree.flatten(slopes[name][layer]), keras.tree.flatten(nest), strict=True
            )
            for slope, mean in pairs:
                total = total + ops.sum(slope * mean)
    return total
