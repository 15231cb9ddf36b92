"""Computes a tile's contribution to the statistics, the terms and the gradient."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from ...backend import compile_function, value_and_gradient
from ...extractors.base import FeatureExtractor
from ...losses.base import Loss
from ..comparisons import WHOLE, Comparison, Key, add_up, compare
from ..features import compute_features
from ..masks import guided_part
from .layout import Tile
from .tasks import Guide, Statistics, Task


class TileWorker:
    """Evaluates tiles; functions are compiled once for each kind of tile.

    The losses of the comparisons are means over positions. `compute_dtype` is the dtype inside the
    network; `None`: the image's.

    Attributes:
        key: Identifies the worker, also in other processes.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        comparisons: Sequence[Comparison],
        compute_dtype: str | None,
    ) -> None:
        extractor.prepare(compute_dtype or "float32")
        self.key = uuid.uuid4().hex
        self.extractor = extractor
        self.comparisons = tuple(comparisons)
        self.compute_dtype = compute_dtype
        self.averaged = [
            each for each in comparisons if each.loss.mean_over_positions == "represent"
        ]
        self.compared = [each for each in comparisons if each.loss.mean_over_positions == "compare"]
        self._losses = {each.loss.name: each.loss for each in comparisons}
        self._compiled: dict[object, Callable[..., Any]] = {}
        self.compare = value_and_gradient(self._compare_statistics)

    def statistics(self, task: Task) -> Statistics:
        """The tile's additive parts of the statistics that are means over positions."""
        if not self._contributes(task):
            return {key: {} for key in task.keys}
        tile, keys, guide = task.tile, task.keys, task.guide

        def function(pixels: Any) -> Statistics:
            losses = [self._losses[name] for name, _ in keys]
            own = self._own_features(losses, tile, pixels)
            return _statistics(tile, keys, guide, self._losses, own)

        return self._run("statistics", task, compile_function, function, task.pixels)

    def features(self, task: Task) -> Statistics:
        """The results of `represent` for the tile's own features, by loss and source."""
        tile, keys = task.tile, task.keys

        def function(pixels: Any) -> Statistics:
            losses = [self._losses[name] for name, _ in keys]
            own = self._own_features(losses, tile, pixels)
            return {
                (loss.name, number): {
                    layer: loss.represent(own[loss.name][layer]) for layer in own[loss.name]
                }
                for loss, (_, number) in zip(losses, keys, strict=True)
            }

        return self._run("features", task, compile_function, function, task.pixels)

    def gradient(self, task: Task, *features: Statistics) -> tuple[dict[str, float], np.ndarray]:
        """The tile's part of the terms that compare position by position, and of the gradient.

        `features` are those of the sources for these terms. The gradient is the objective's, with
        respect to the tile's crop, including the halo.
        """
        if not self.compared and not self._contributes(task):
            return {}, np.zeros_like(task.pixels)
        tile, keys, guide = task.tile, task.keys, task.guide

        def function(pixels: Any, slopes: Statistics, targets: Statistics, weights: Any) -> Any:
            losses = [each.loss for each in (*self.averaged, *self.compared)]
            own = self._own_features(losses, tile, pixels)
            regions = dict(tile.regions)
            values = []
            for each in self.compared:
                name = each.loss.name
                total = ops.zeros((), dtype=pixels.dtype)
                for layer, features in own[name].items():
                    statistics = {layer: each.loss.represent(features)}
                    target = targets.get((name, each.source), {})
                    compared = compare(each.loss, statistics, target, pixels.dtype)
                    total = total + regions[name, layer].fraction * compared
                values.append(total)
            terms = add_up(self.compared, values, weights)
            value = _inner_product(slopes, _statistics(tile, keys, guide, self._losses, own))
            return sum(terms.values(), ops.cast(value, pixels.dtype)), terms

        targets = {key: layers for each in features for key, layers in each.items()}
        arguments = (task.pixels, task.slopes, targets, dict(task.weights))
        _, terms, gradient = self._run("gradient", task, value_and_gradient, function, *arguments)
        return {name: float(term) for name, term in terms.items()}, gradient

    def _compare_statistics(
        self, statistics: Statistics, targets: Statistics, weights: Mapping[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        values = [
            compare(
                each.loss,
                statistics[each.key],
                targets.get((each.loss.name, each.source), {}),
                weights[each.loss.name].dtype,
            )
            for each in self.averaged
        ]
        terms = add_up(self.averaged, values, weights)
        return sum(terms.values()), terms

    def _contributes(self, task: Task) -> bool:
        """Whether the tile contributes to a statistic because a region overlaps it."""
        return any(
            region == WHOLE or any(levels.any() for levels in task.guide.levels[region].values())
            for _, region in task.keys
        )

    def _run(
        self,
        name: str,
        task: Task,
        compiler: Callable[[Callable[..., Any]], Callable[..., Any]],
        function: Callable[..., Any],
        *arguments: Any,
    ) -> Any:
        key = name, task.tile.geometry, task.keys, task.guide.digest
        if key not in self._compiled:
            self._compiled[key] = compiler(function)
        return keras.tree.map_structure(ops.convert_to_numpy, self._compiled[key](*arguments))

    def _own_features(
        self, losses: Sequence[Loss], tile: Tile, pixels: Any
    ) -> dict[str, dict[str, Any]]:
        layers = dict.fromkeys(layer for loss in losses for layer in loss.layers)
        features = compute_features(self.extractor, pixels, layers, self.compute_dtype)
        own: dict[str, dict[str, Any]] = {loss.name: {} for loss in losses}
        for (name, layer), region in tile.regions:
            if name in own:
                own[name][layer] = features[layer][region.area.slices]
        return own


def _statistics(
    tile: Tile,
    keys: Sequence[Key],
    guide: Guide,
    losses: Mapping[str, Loss],
    own: Mapping[str, Mapping[str, Any]],
) -> Statistics:
    regions = dict(tile.regions)
    parts: Statistics = {}
    for name, number in keys:
        loss = losses[name]
        parts[name, number] = {}
        for layer, features in own[name].items():
            if number == WHOLE:
                fraction = regions[name, layer].fraction
                parts[name, number][layer] = keras.tree.map_structure(
                    lambda mean, fraction=fraction: fraction * mean, loss.represent(features)
                )
            elif guide.levels[number][layer].any():
                parts[name, number][layer] = guided_part(
                    loss, features, guide.levels[number][layer], guide.totals[number][layer]
                )
    return parts


def _inner_product(slopes: Statistics, statistics: Statistics) -> Any:
    total = 0.0
    for key, layers in statistics.items():
        for layer, nest in layers.items():
            pairs = zip(
                keras.tree.flatten(slopes[key][layer]), keras.tree.flatten(nest), strict=True
            )
            for slope, mean in pairs:
                total = total + ops.sum(slope * mean)
    return total
