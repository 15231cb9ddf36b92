"""The objective of an image that is too large to be evaluated at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from ..backend import value_and_gradient
from ..extractors.base import FeatureExtractor
from ..losses.base import Loss
from ..objective import Evaluation
from ..objective_arguments import compute_dtype
from .layout import make_tiles, receptive_fields
from .worker import Statistics, Task, TileWorker

RunTasks = Callable[[Callable[[Task], Any], Sequence[Task]], Iterable[Any]]
"""How tasks are run: `map`, or whatever has its signature, such as `Executor.map` of
`concurrent.futures`. It returns the results in the tasks' order."""


class TiledObjective:
    r"""What `Objective` computes, tile by tile: the same value and gradient, in bounded memory.

    Let each statistic be a mean over positions, $s = \sum_t s_t$ over the tiles $t$, with
    $s_t$ the mean over the tile's own positions times their share of all. A first pass over the
    tiles adds up the $s_t$. Then the losses are compared and differentiated once, which gives the
    slopes $\partial L / \partial s$. A second pass carries them back:

    $$ \frac{\partial L}{\partial x} = \sum_t \left( \frac{\partial s_t}{\partial x} \right)^T
       \frac{\partial L}{\partial s} $$

    Each tile is seen with a halo as wide as its features' receptive field, so that they are those
    of the whole image. What is compared position by position adds up in the second pass.

    Example:
    ```python
    objective = TiledObjective(VGG16FeatureExtractor(), [ContentLoss(), StyleLoss()],
                               {"content_loss": 1.0, "style_loss": 2.0}, content, style,
                               tile_size=512)
    ```

    Args:
        extractor: A network that knows its receptive field.
        losses: Losses whose `mean_over_positions` is set.
        weights: A weight for each loss by its name.
        content: The content image, array `(1, height, width, 3)`, float32, RGB, 0 to 255.
        style: The style image, likewise; it may have another size.
        precision: `"float32"` or `"mixed_bfloat16"`.
        tile_size: Longest side of a tile without its halo, in pixels.
        run_tasks: How tiles are evaluated; `map` does it one after the other.

    Raises:
        ValueError: If a loss or the network is not made for tiles.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        losses: Sequence[Loss],
        weights: Mapping[str, float],
        content: np.ndarray,
        style: np.ndarray,
        precision: str = "float32",
        tile_size: int = 512,
        run_tasks: RunTasks = map,
    ) -> None:
        self.losses = tuple(losses)
        self.weights = dict(weights)
        self.tile_size = tile_size
        self._fields = receptive_fields(extractor, self.losses)
        self._worker = TileWorker(extractor, self.losses, weights, compute_dtype(precision))
        self._run_tasks = run_tasks
        self._tiles = self._make_tiles(content)
        self._compare = value_and_gradient(self._compare_statistics)
        self._averages: Statistics = {}
        self._features: list[Statistics] = [{} for _ in self._tiles]
        for name, image in (("content", content), ("style", style)):
            self._add_targets(name, image)

    def __call__(self, image: np.ndarray) -> Evaluation:
        """Evaluates the losses and their gradient.

        Args:
            image: Array `(1, height, width, 3)`, float32, RGB, 0 to 255.

        Returns:
            The evaluation; its values may be NaN or infinite.
        """
        terms = {loss.name: 0.0 for loss in self.losses}
        slopes: Statistics = {}
        if self._worker.averaged:
            statistics = self._average(image, self._tiles)
            _, values, slopes = self._compare(statistics, self._averages)
            slopes = keras.tree.map_structure(keras.ops.convert_to_numpy, slopes)
            terms.update({name: float(value) for name, value in values.items()})
        tasks = [
            Task(tile, image[tile.crop.slices], slopes, targets)
            for tile, targets in zip(self._tiles, self._features, strict=True)
        ]
        gradient = np.zeros_like(image)
        results = self._run_tasks(self._worker.gradient, tasks)
        for task, (parts, part) in zip(tasks, results, strict=True):
            gradient[task.tile.crop.slices] += part
            for name, value in parts.items():
                terms[name] += value
        return Evaluation(sum(terms.values()), terms, gradient)

    def _compare_statistics(self, statistics: Statistics, targets: Statistics) -> Any:
        terms = {
            loss.name: self.weights[loss.name]
            * loss.compare_layers(statistics[loss.name], targets.get(loss.name, {}))
            for loss in self._worker.averaged
        }
        return sum(terms.values()), terms

    def _average(self, image: np.ndarray, tiles: Sequence[Any]) -> Statistics:
        tasks = [Task(tile, image[tile.crop.slices]) for tile in tiles]
        averages: Statistics = {loss.name: {} for loss in self._worker.averaged}
        for shares in self._run_tasks(self._worker.statistics, tasks):
            for name, layers in shares.items():
                for layer, share in layers.items():
                    sums = averages[name]
                    sums[layer] = (
                        keras.tree.map_structure(np.add, sums[layer], share)
                        if layer in sums
                        else share
                    )
        return averages

    def _add_targets(self, name: str, image: np.ndarray) -> None:
        averaged = [loss.name for loss in self._worker.averaged if loss.target == name]
        compared = [loss.name for loss in self._worker.compared if loss.target == name]
        tiles = self._make_tiles(image)
        if averaged:
            averages = self._average(image, tiles)
            self._averages.update({loss: averages[loss] for loss in averaged})
        if compared:
            if [tile.crop for tile in tiles] != [tile.crop for tile in self._tiles]:
                raise ValueError(
                    f"Expected a {name} image of the content's size for {', '.join(compared)}, "
                    f"which compare position by position. Received: shape {image.shape}."
                )
            tasks = [Task(tile, image[tile.crop.slices]) for tile in tiles]
            results = self._run_tasks(self._worker.features, tasks)
            for targets, features in zip(self._features, results, strict=True):
                targets.update({loss: features[loss] for loss in compared})

    def _make_tiles(self, image: np.ndarray) -> list[Any]:
        height, width = image.shape[1:3]
        return make_tiles(height, width, self.tile_size, self.losses, self._fields)
