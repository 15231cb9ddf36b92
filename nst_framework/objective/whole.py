"""The objective of an image that is evaluated as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from ..backend import as_numpy, value_and_gradient
from ..images.styles import StyleImage
from ..losses.base import Loss
from .comparisons import (
    Key,
    add_up,
    as_style_images,
    content_levels,
    plan_comparisons,
    target_sources,
)
from .evaluation import Evaluation, weight_arrays
from .features import compute_features
from .masks import guided_share
from .recipe import Recipe, layers_of


class Objective:
    """A weighted sum of losses as a function of the image, with its gradient.

    The targets are computed once, when the objective is created. After that, one pass of the
    network serves all losses.

    Example:
    ```python
    recipe = Recipe(VGG16FeatureExtractor(), [ContentLoss(), StyleLoss()],
                    {"content_loss": 1.0, "style_loss": 2.0})
    evaluation = Objective(recipe, content, style)(image)
    ```

    Args:
        recipe: Network, losses, weights and precision.
        content: The content image, array `(1, height, width, 3)`, float32, RGB, 0 to 255.
        style: The style image, in the same form but of any size; or several `StyleImage`s, with
            their shares and masks.

    Raises:
        ValueError: If there are masks and a loss cannot be guided by them, or nothing of a mask
            remains at a layer.
    """

    def __init__(
        self, recipe: Recipe, content: np.ndarray, style: np.ndarray | Sequence[StyleImage]
    ) -> None:
        self.recipe = recipe
        recipe.extractor.prepare(recipe.compute_dtype or "float32")
        styles = as_style_images(style)
        self._comparisons = plan_comparisons(recipe.losses, styles)
        self._levels = content_levels(recipe, content, styles)
        self._targets: dict[tuple[str, int], dict[str, Any]] = {}
        for source in target_sources(recipe, self._comparisons, content, styles):
            image = keras.ops.convert_to_tensor(source.image)
            features = self._features([each.loss for each in source.comparisons], image)
            for each in source.comparisons:
                self._targets[each.loss.name, source.number] = _represent(
                    each.loss, features, source.levels.get(each.target_region)
                )
        self._evaluate = value_and_gradient(self._value)

    def __call__(self, image: np.ndarray, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses and their gradient.

        Args:
            image: Array `(1, height, width, 3)`, float32, RGB, 0 to 255.
            weights: A weight for each loss, by name; by default those of the recipe.

        Returns:
            The evaluation; its values may be NaN or infinite.
        """
        arrays = weight_arrays(self.recipe.weights if weights is None else weights, image.dtype)
        value, terms, gradient = self._evaluate(image, arrays)
        return Evaluation(
            loss=float(value),
            terms={name: float(term) for name, term in terms.items()},
            gradient=as_numpy(gradient),
        )

    def _value(self, image: Any, weights: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        features = self._features(self.recipe.losses, image)
        statistics: dict[Key, dict[str, Any]] = {}
        values = []
        for each in self._comparisons:
            if each.key not in statistics:
                levels = self._levels.get(each.region)
                statistics[each.key] = _represent(each.loss, features, levels)
            target = self._targets.get((each.loss.name, each.source), {})
            values.append(each.loss.compare_layers(statistics[each.key], target))
        terms = add_up(self._comparisons, values, weights)
        return sum(terms.values()), terms

    def _features(self, losses: Sequence[Loss], image: Any) -> dict[str, Any]:
        return compute_features(
            self.recipe.extractor, image, layers_of(losses), self.recipe.compute_dtype
        )


def _represent(
    loss: Loss, features: Mapping[str, Any], levels: Mapping[str, np.ndarray] | None
) -> dict[str, Any]:
    """The statistics of all layers, for the whole image or a region."""
    if levels is None:
        return loss.represent_layers(features)
    return {
        layer: guided_share(loss, features[layer], levels[layer], int(levels[layer].sum(dtype=int)))
        for layer in loss.layers
    }
