"""The objective for images that are too large to be evaluated as a whole."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from ...backend import as_numpy
from ...images.styles import StyleImage
from ..comparisons import (
    Key,
    Levels,
    Source,
    as_style_images,
    content_levels,
    join_views,
    levels_digest,
    plan_comparisons,
    target_sources,
)
from ..evaluation import Evaluation, weight_arrays
from ..recipe import Recipe
from ..requirements import OTHER_SIZE_IN_TILES, check_style_size
from .executors import Executor, Tiles
from .layout import Tile, fields_of_losses, make_tiles
from .tasks import Guide, Statistics, Task
from .worker import TileWorker


class TiledObjective:
    r"""Computes the same value and gradient as `Objective`, tile by tile with bounded memory.

    Each statistic is a mean over positions, $s = \sum_t s_t$ over the tiles $t$, where $s_t$ is the
    mean over the tile's own positions times their fraction of all positions. A first pass over
    the tiles adds up the $s_t$. The losses are then evaluated and differentiated once, which yields
    the slopes $\partial L / \partial s$. A second pass propagates these back to the pixels:

    $$ \frac{\partial L}{\partial x} = \sum_t \left( \frac{\partial s_t}{\partial x} \right)^T
       \frac{\partial L}{\partial s} $$

    Each tile includes a halo as wide as the receptive field of its features, which therefore equal
    those of the whole image. Losses that compare position by position are summed in the second
    pass.

    Example:
    ```python
    recipe = Recipe(VGG16FeatureExtractor(), [ContentLoss(), StyleLoss()],
                    {"content_loss": 1.0, "style_loss": 2.0})
    objective = TiledObjective(recipe, content, style, tile_size=512)
    ```

    Args:
        recipe: A network that declares its receptive fields, losses whose `mean_over_positions` is
            set, their weights, and the precision.
        content: The content image, array `(1, height, width, 3)`, float32, RGB, 0 to 255.
        style: The style image, in the same form but of any size; or several `StyleImage`s, with
            their weights and masks.
        tile_size: Longest side of a tile without its halo, in pixels.
        executor: Evaluates the tiles: any object with the `map` method of
            `concurrent.futures.Executor`. `None`: this process evaluates them one by one.

    Raises:
        ValueError: If a loss or the network does not support tiles, or a loss does not support the
            masks.
    """

    def __init__(
        self,
        recipe: Recipe,
        content: np.ndarray,
        style: np.ndarray | Sequence[StyleImage],
        tile_size: int = 512,
        executor: Executor | None = None,
    ) -> None:
        self.recipe = recipe
        self.tile_size = tile_size
        self._shape = content.shape[1:3]
        self._fields = fields_of_losses(recipe)
        styles = as_style_images(style)
        comparisons = tuple(plan_comparisons(recipe.losses, styles))
        levels = content_levels(recipe, content, styles)
        # Another objective of this recipe, for other images, reuses the traced functions. A worker
        # has some for each kind of tile, so other sizes get another worker, which can be dropped.
        sizes = (tile_size, content.shape, tuple(each.image.shape for each in styles))
        self._worker = recipe.make_once(
            ("tiles", comparisons, sizes, levels_digest(levels)),
            lambda: TileWorker(recipe.extractor, comparisons, recipe.compute_dtype),
        )
        self._evaluated = Tiles(self._worker, executor)
        self._tiles = self._make_tiles(content)
        self._guides = self._make_guides(self._tiles, levels)
        self._keys = tuple(dict.fromkeys(each.key for each in self._worker.averaged))
        self._averages: Statistics = {}
        self._kept: list[Any] = []
        views: dict[Key, list[dict[str, Any]]] = {}
        for source in target_sources(recipe, comparisons, content, styles):
            self._add_targets(source, views)
        for each in self._worker.averaged:
            if found := views.get((each.loss.name, each.source)):
                self._averages[each.loss.name, each.source] = join_views(each.loss, found)

    def prepare(self, image: np.ndarray) -> None:
        """Does nothing: losses with image-dependent targets are not evaluated in tiles."""

    def __call__(self, image: Any, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses and their gradient.

        Args:
            image: Array or tensor `(1, height, width, 3)`, float32, RGB, 0 to 255.
            weights: A weight for each loss, by name; by default those of the recipe.

        Returns:
            The evaluation; its values may be NaN or infinite. The gradient is a tensor if the image
            is one, although the tiles are cut and assembled in host memory.
        """
        if not isinstance(image, np.ndarray):
            evaluation = self(as_numpy(image), weights)
            return replace(evaluation, gradient=ops.convert_to_tensor(evaluation.gradient))
        arrays = weight_arrays(
            self.recipe.weights if weights is None else weights, image.dtype.name
        )
        terms = {loss.name: 0.0 for loss in self.recipe.losses}
        slopes: Statistics = {}
        tasks = _make_tasks(image, self._tiles, self._guides, self._keys)
        if self._worker.averaged:
            statistics = self._average(tasks, self._keys)
            _, values, slopes = self._worker.compare(statistics, self._averages, arrays)
            slopes = keras.tree.map_structure(ops.convert_to_numpy, slopes)
            terms.update({name: float(value) for name, value in values.items()})
        tasks = [replace(task, slopes=slopes, weights=arrays) for task in tasks]
        gradient = np.zeros_like(image)
        results = self._evaluated.run(TileWorker.gradient, tasks, *self._kept)
        for task, (parts, part) in zip(tasks, results, strict=True):
            gradient[task.tile.crop.slices] += part
            for name, value in parts.items():
                terms[name] += value
        loss = sum(terms.values())
        finite = math.isfinite(loss) and bool(np.isfinite(gradient).all())
        return Evaluation(loss, terms, gradient, finite)

    def _average(self, tasks: Sequence[Task], keys: Sequence[Key]) -> Statistics:
        averages: Statistics = {key: {} for key in keys}
        for parts in self._evaluated.run(TileWorker.statistics, tasks):
            for key, layers in parts.items():
                for layer, part in layers.items():
                    sums = averages[key]
                    sums[layer] = (
                        keras.tree.map_structure(np.add, sums[layer], part)
                        if layer in sums
                        else part
                    )
        return averages

    def _make_guides(self, tiles: Sequence[Tile], levels: Levels) -> list[Guide]:
        """The part of the masks for each tile."""
        totals = {
            region: {layer: int(array.sum(dtype=int)) for layer, array in layers.items()}
            for region, layers in levels.items()
        }
        return [Guide(self._levels_of(tile, levels), totals) for tile in tiles]

    def _levels_of(self, tile: Tile, levels: Levels) -> Levels:
        """The levels of the tile's own features."""
        guided = {loss.name for loss in self.recipe.losses if loss.target == "style"}
        # Losses that support masks have a window of 1, so each layer has one area.
        areas = {layer: region.area for (name, layer), region in tile.regions if name in guided}
        own: Levels = {}
        for region, layers in levels.items():
            own[region] = {}
            for layer, array in layers.items():
                if layer in areas:
                    stride = self._fields[layer].stride
                    top, left = tile.crop.top // stride, tile.crop.left // stride
                    area = areas[layer]
                    own[region][layer] = array[
                        top + area.top : top + area.bottom, left + area.left : left + area.right
                    ]
        return own

    def _add_targets(self, source: Source, views: dict[Key, list[dict[str, Any]]]) -> None:
        averaged = [each for each in source.comparisons if each in self._worker.averaged]
        compared = [each.loss for each in source.comparisons if each in self._worker.compared]
        tiles = self._make_tiles(source.image)
        if averaged:
            keys = tuple(dict.fromkeys(each.target_key for each in averaged))
            guides = self._make_guides(tiles, source.levels)
            averages = self._average(_make_tasks(source.image, tiles, guides, keys), keys)
            for each in averaged:
                view = averages[each.target_key]
                views.setdefault((each.loss.name, source.number), []).append(view)
        if compared:
            check_style_size(self._shape, source.image.shape[1:3], compared, OTHER_SIZE_IN_TILES)
            keys = tuple((loss.name, source.number) for loss in compared)
            tasks = [Task(tile, source.image[tile.crop.slices], keys) for tile in tiles]
            self._kept.append(self._evaluated.keep(TileWorker.features, tasks))

    def _make_tiles(self, image: np.ndarray) -> list[Tile]:
        height, width = image.shape[1:3]
        return make_tiles(height, width, self.tile_size, self.recipe.losses, self._fields)


def _make_tasks(
    image: np.ndarray, tiles: Sequence[Tile], guides: Sequence[Guide], keys: tuple[Key, ...]
) -> list[Task]:
    return [
        Task(tile, image[tile.crop.slices], keys, guide)
        for tile, guide in zip(tiles, guides, strict=True)
    ]
