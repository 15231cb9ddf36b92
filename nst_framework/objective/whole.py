"""The objective that evaluates an image as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from ..backend import as_numpy, compile_function, value_and_gradient
from ..images.styles import StyleImage
from ..losses.base import Loss
from .comparisons import (
    CONTENT,
    Comparison,
    Key,
    Levels,
    add_up,
    as_style_images,
    compare,
    content_levels,
    depends_on_image,
    join_views,
    levels_digest,
    plan_comparisons,
    target_sources,
)
from .evaluation import Evaluation, stack_numbers, weight_arrays
from .features import compute_features
from .masks import guided_part
from .recipe import Recipe, layers_of
from .wrapping import continued_for, wrapped_features

Targets = dict[tuple[str, int], dict[str, Any]]
"""The targets' statistics by layer, by the loss's name and the source's number."""


class Objective:
    """A weighted sum of losses as a function of the image, with its gradient.

    The targets are computed when the objective is created; `prepare` updates those that depend on
    the image. Each evaluation takes one pass of the network for all losses.

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
            their weights, masks and rotations.
        image: The image for which image-dependent targets are prepared, in the content's form; by
            default the content.

    Raises:
        ValueError: If a loss does not support the styles' masks, or a mask is too small for a
            layer.
    """

    def __init__(
        self,
        recipe: Recipe,
        content: np.ndarray,
        style: np.ndarray | Sequence[StyleImage],
        image: np.ndarray | None = None,
    ) -> None:
        self.recipe = recipe
        recipe.extractor.prepare(recipe.compute_dtype or "float32")
        self._content, self._styles = content, as_style_images(style)
        comparisons = tuple(plan_comparisons(recipe.losses, self._styles))
        self._levels = levels = content_levels(recipe, content, self._styles)
        self._prepared = [each for each in comparisons if depends_on_image(each.loss)]
        self._targets: Targets = self._compute_targets(
            [each for each in comparisons if each not in self._prepared]
        )
        self.prepare(content if image is None else image)
        # Another objective of this recipe, for other images, reuses the traced function.
        self._evaluate = recipe.make_once(
            ("whole", comparisons, levels_digest(levels)),
            lambda: value_and_gradient(_objective_function(recipe, comparisons, levels)),
        )
        self._stack = recipe.make_once("numbers", lambda: compile_function(stack_numbers))

    def prepare(self, image: np.ndarray) -> None:
        """Computes the image-dependent targets for one epoch.

        Args:
            image: Array `(1, height, width, 3)`, float32: the image at the start of the epoch.
        """
        if not self._prepared:
            return
        # First, so that these features are freed before the style's large statistics.
        seen = [self._statistics(each) for each in (self._content, image)]
        targets = self._compute_targets(self._prepared)
        for each in self._prepared:
            key = each.loss.name, each.source
            content, current = (statistics[each.key] for statistics in seen)
            self._targets[key] = dict(each.loss.prepare(targets.pop(key), content, current))

    def __call__(self, image: Any, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses and their gradient.

        Args:
            image: Array or tensor `(1, height, width, 3)`, float32, RGB, 0 to 255.
            weights: A weight for each loss, by name; by default those of the recipe.

        Returns:
            The evaluation; its values may be NaN or infinite. The gradient is a tensor if the image
            is one, so that only scalars leave the device.
        """
        arrays = weight_arrays(
            self.recipe.weights if weights is None else weights,
            keras.backend.standardize_dtype(image.dtype),
        )
        value, terms, gradient = self._evaluate(image, arrays, self._targets)
        # A list, because backends may reorder a dictionary's entries.
        names = [loss.name for loss in self.recipe.losses]
        numbers = self._stack(value, [terms[name] for name in names], gradient)
        loss, *values, finite = as_numpy(numbers).tolist()
        return Evaluation(
            loss,
            dict(zip(names, values, strict=True)),
            as_numpy(gradient) if isinstance(image, np.ndarray) else gradient,
            finite=math.isfinite(loss) and bool(finite),
        )

    def _compute_targets(self, comparisons: Sequence[Comparison]) -> Targets:
        views: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for source in target_sources(self.recipe, comparisons, self._content, self._styles):
            # Styles are not tileable.
            tileable = self.recipe.tileable and source.number == CONTENT
            features = self._features(source.image, source.comparisons, tileable)
            for each in source.comparisons:
                levels = source.levels.get(each.target_region)
                view = _represent(each.loss, features, levels, tileable)
                views.setdefault((each.loss.name, source.number), []).append(view)
        return {
            (each.loss.name, each.source): join_views(each.loss, found)
            for each in comparisons
            if (found := views.get((each.loss.name, each.source)))
        }

    def _statistics(self, image: np.ndarray) -> dict[Key, dict[str, Any]]:
        """An image's statistics for the losses whose targets depend on the image."""
        tileable = self.recipe.tileable
        features = self._features(image, self._prepared, tileable)
        return {
            each.key: _represent(each.loss, features, self._levels.get(each.region), tileable)
            for each in self._prepared
        }

    def _features(
        self, image: np.ndarray, comparisons: Sequence[Comparison], tileable: bool
    ) -> dict[str, Any]:
        compute = wrapped_features if tileable else compute_features
        return compute(
            self.recipe.extractor,
            keras.ops.convert_to_tensor(image),
            layers_of(each.loss for each in comparisons),
            self.recipe.compute_dtype,
        )


def _objective_function(
    recipe: Recipe, comparisons: Sequence[Comparison], levels: Levels
) -> Callable[[Any, Mapping[str, Any], Targets], tuple[Any, dict[str, Any]]]:
    """The loss and its terms as a function of the image, the weights and the targets."""
    # References these instead of the recipe, whose cache references the function.
    losses, extractor, compute_dtype = recipe.losses, recipe.extractor, recipe.compute_dtype
    tileable = recipe.tileable
    compute = wrapped_features if tileable else compute_features

    def evaluate(image: Any, weights: Mapping[str, Any], targets: Targets) -> Any:
        features = compute(extractor, image, layers_of(losses), compute_dtype)
        statistics: dict[Key, dict[str, Any]] = {}
        values = []
        for each in comparisons:
            if each.key not in statistics:
                statistics[each.key] = _represent(
                    each.loss, features, levels.get(each.region), tileable
                )
            target = targets.get((each.loss.name, each.source), {})
            values.append(compare(each.loss, statistics[each.key], target, image.dtype))
        terms = add_up(comparisons, values, weights)
        return sum(terms.values()), terms

    return evaluate


def _represent(
    loss: Loss,
    features: Mapping[str, Any],
    levels: Mapping[str, np.ndarray] | None,
    tileable: bool,
) -> dict[str, Any]:
    """The statistics of all layers, for the whole image or a region."""
    if tileable:
        features = continued_for(loss, features)
    if levels is None:
        return loss.represent_layers(features)
    return {
        layer: guided_part(loss, features[layer], levels[layer], int(levels[layer].sum(dtype=int)))
        for layer in loss.layers
    }
