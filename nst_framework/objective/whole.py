"""The objective: extractor, losses and targets as one function of the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from ..arguments import compute_dtype
from ..backend import as_numpy, value_and_gradient
from ..extractors.base import FeatureExtractor
from ..images.styles import StyleImage
from ..losses.base import Loss
from .comparisons import (
    Key,
    Levels,
    add_up,
    as_style_images,
    content_levels,
    plan_comparisons,
    target_images,
)
from .evaluation import Evaluation
from .features import compute_features
from .masks import guided_share


class Objective:
    """A weighted sum of losses as a function of the image, with its gradient.

    The targets are computed once, when the objective is made. One pass of the network then serves
    all losses.

    Example:
    ```python
    objective = Objective(VGG16FeatureExtractor(), [ContentLoss(), StyleLoss()],
                          {"content_loss": 1.0, "style_loss": 2.0}, content, style)
    evaluation = objective(image)
    ```

    Args:
        extractor: The network.
        losses: The losses, with different names.
        weights: A weight for each loss by its name.
        content: The content image, array `(1, height, width, 3)`, float32, RGB, 0 to 255.
        style: The style image, likewise; it may have another size. Or several `StyleImage`s, with
            their shares and masks.
        precision: `"float32"`, or `"mixed_bfloat16"` for a network in bfloat16: image, statistics,
            losses and gradient stay in float32.

    Raises:
        ValueError: If there are masks and a loss cannot be guided by them, or nothing of a mask is
            left at a layer.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        losses: Sequence[Loss],
        weights: Mapping[str, float],
        content: np.ndarray,
        style: np.ndarray | Sequence[StyleImage],
        precision: str = "float32",
    ) -> None:
        self._compute_dtype = compute_dtype(precision)
        extractor.prepare(self._compute_dtype or "float32")
        self.extractor = extractor
        self.losses = tuple(losses)
        self.weights = dict(weights)
        styles = as_style_images(style)
        self._comparisons = plan_comparisons(self.losses, styles)
        self._levels = content_levels(styles, self.losses, content, extractor)
        self._targets: dict[tuple[str, int], dict[str, Any]] = {}
        for source, image, levels in target_images(content, style, self.losses, extractor):
            self._add_targets(source, image, levels)
        self._layers = _layers(self.losses)
        self._evaluate = value_and_gradient(self._value)

    def __call__(self, image: np.ndarray, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses and their gradient.

        Args:
            image: Array `(1, height, width, 3)`, float32, RGB, 0 to 255.
            weights: A weight for each loss by its name; by default the objective's own.

        Returns:
            The evaluation; its values may be NaN or infinite.
        """
        weighted = self.weights if weights is None else weights
        arrays = {loss.name: np.asarray(weighted[loss.name], image.dtype) for loss in self.losses}
        value, terms, gradient = self._evaluate(image, arrays)
        return Evaluation(
            loss=float(value),
            terms={name: float(term) for name, term in terms.items()},
            gradient=as_numpy(gradient),
        )

    def _value(self, image: Any, weights: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        features = compute_features(self.extractor, image, self._layers, self._compute_dtype)
        statistics: dict[Key, dict[str, Any]] = {}
        values = []
        for each in self._comparisons:
            if each.key not in statistics:
                statistics[each.key] = _represent(
                    each.loss, features, self._levels.get(each.region)
                )
            target = self._targets.get((each.loss.name, each.source), {})
            values.append(each.loss.compare_layers(statistics[each.key], target))
        terms = add_up(self._comparisons, values, weights)
        return sum(terms.values()), terms

    def _add_targets(self, source: int, image: np.ndarray, levels: Levels) -> None:
        """Computes the targets of an image, with one pass of the network for all losses."""
        wanted = [
            each
            for each in self._comparisons
            if each.source == source and each.loss.target is not None
        ]
        if not wanted:
            return
        layers = _layers([each.loss for each in wanted])
        tensor = keras.ops.convert_to_tensor(image)
        features = compute_features(self.extractor, tensor, layers, self._compute_dtype)
        for each in wanted:
            self._targets[each.loss.name, source] = _represent(
                each.loss, features, levels.get(each.target_region)
            )


def _layers(losses: Sequence[Loss]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(layer for loss in losses for layer in loss.layers))


def _represent(
    loss: Loss, features: Mapping[str, Any], levels: Mapping[str, np.ndarray] | None
) -> dict[str, Any]:
    """The statistics of all layers, of the whole or of a region."""
    if levels is None:
        return loss.represent_layers(features)
    return {
        layer: guided_share(loss, features[layer], levels[layer], int(levels[layer].sum(dtype=int)))
        for layer in loss.layers
    }
