"""The neural neighbors loss: every place resembles the style's place that fits it best."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from ..checks import check_number
from .base import Layers, LayerWeights, Loss

HYPERCOLUMN_LAYERS = (
    "block1_conv1",
    "block1_conv2",
    "block2_conv1",
    "block2_conv2",
    "block3_conv1",
    "block3_conv2",
    "block3_conv3",
    "block4_conv1",
    "block4_conv2",
    "block4_conv3",
)

SMOOTHING = 1e-12
"""Added to squared lengths, because an all-zero hypercolumn has no direction."""

PAIRS_PER_CHUNK = 4_000_000
"""Pairs of hypercolumns compared at a time, which bounds the memory: a few arrays of 16 MB."""


@keras.saving.register_keras_serializable("nst_framework")
class NeuralNeighborsLoss(Loss):
    r"""Cosine distance of each hypercolumn of the image from its target, one of the style's.

    A hypercolumn consists of the features of all layers at one position. Each layer is resized to a
    quarter of the image's height and width and divided by its number of channels. When an epoch
    begins, every position $i$ is assigned the style's hypercolumn $s_{n(i)}$ that is nearest to a
    mixture of the content's $c_i$ and the image's $x_i$. The loss is

    $$ L = \frac{1}{m} \sum_i \Bigl( 1 - \cos(x_i, s_{n(i)}) \Bigr), \quad
       n(i) = \arg\max_j \cos(\beta c_i + (1 - \beta) x_i - \mu, \; s_j - \nu) $$

    with the means $\mu$ of the mixtures and $\nu$ of the style's hypercolumns. A target consists of
    the style's features in all layers at one place, so the result has the style's own strokes
    everywhere. Work from coarse to fine, give the style all four `rotations`, and finish the
    picture with `FeatureSplittingLoss`, as the preset `neighbors` does.

    Source: Kolkin, Kucera, Paris, Sykora, Shechtman and Shakhnarovich, "Neural neighbor style
    transfer", arXiv 2203.13215, 2022, section 3.

    Example:
    ```python
    trainer.compile(NeuralNeighborsLoss(), scales=(0.25, 0.5, 1), optimizer="pyramid")
    trainer.fit(content, Style(style, rotations=(0, 90, 180, 270)))
    ```

    Args:
        layers: Names of layers, from the shallowest to the deepest.
        layer_weights: A factor for the features of each layer; by default all are equal.
        content_share: The content's share $\beta$ of the mixture, from 0 to 1.
        name: The loss's name in logs.
    """

    target = "style"
    layers = HYPERCOLUMN_LAYERS
    default_weight = 1000000.0

    def __init__(
        self,
        layers: Layers = None,
        layer_weights: LayerWeights = None,
        content_share: float = 0.75,
        name: str | None = None,
    ) -> None:
        super().__init__(layers, layer_weights, name)
        self.content_share = check_number("content_share", content_share, minimum=0.0)
        if content_share > 1:
            raise ValueError(
                "Invalid value for argument `content_share`. Expected a share from 0 to 1. "
                f"Received: content_share={content_share!r}. Pass 1 to search by content only."
            )

    def represent_layers(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Computes each layer's part of the hypercolumns: `(positions, channels)`."""
        height, width = features[self.layers[0]].shape[1:3]
        size = max(1, height // 4), max(1, width // 4)
        return {layer: self._column(layer, features[layer], size) for layer in self.layers}

    def prepare(
        self, targets: Mapping[str, Any], content: Mapping[str, Any], image: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Finds the style's nearest hypercolumn for each position of the image."""
        share = self.content_share
        mixture = {
            layer: share * content[layer] + (1 - share) * image[layer] for layer in self.layers
        }
        nearest = find_nearest(
            [mixture[layer] for layer in self.layers], [targets[layer] for layer in self.layers]
        )
        return {layer: ops.take(targets[layer], nearest, axis=0) for layer in self.layers}

    def join(self, statistics: Sequence[Any]) -> Any:
        """Combines the hypercolumns of several images."""
        return ops.concatenate(statistics, axis=0)

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean over positions of one minus the cosine, for a single layer."""
        return _mean_distance([actual], [target])

    def compare_layers(self, statistics: Mapping[str, Any], targets: Mapping[str, Any]) -> Any:
        """Returns the mean over positions of one minus the cosine, for whole hypercolumns."""
        layers = list(statistics)
        return _mean_distance(
            [statistics[layer] for layer in layers], [targets[layer] for layer in layers]
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "content_share": self.content_share}

    def _column(self, layer: str, features: Any, size: tuple[int, int]) -> Any:
        channels = features.shape[-1]
        resized = ops.image.resize(
            features, size, interpolation="bilinear", data_format="channels_last"
        )
        factor = self.layer_weights[layer] / channels
        return factor * ops.reshape(resized, (size[0] * size[1], channels))


def find_nearest(queries: Sequence[Any], style: Sequence[Any]) -> Any:
    """Returns the index of the style's nearest hypercolumn for each query: `(positions,)`, int32.

    Hypercolumns are given as one tensor `(positions, channels)` per layer. Their means are
    subtracted, because cosines between nonnegative features differ little.
    """
    means = [ops.mean(part, axis=0, keepdims=True) for part in style]
    length = _length(part - mean for part, mean in zip(style, means, strict=True))
    centered = [part - ops.mean(part, axis=0, keepdims=True) for part in queries]
    chunk_size = max(1, PAIRS_PER_CHUNK // style[0].shape[0])
    found = []
    for begin in range(0, queries[0].shape[0], chunk_size):
        chunk = [part[begin : begin + chunk_size] for part in centered]
        # A sum over layers avoids copying the style's hypercolumns into one array. Their mean is
        # subtracted afterwards; a query's length does not affect which one is nearest.
        product = _sum(
            ops.einsum("ic,jc->ij", part, each) - ops.einsum("ic,jc->ij", part, mean)
            for part, each, mean in zip(chunk, style, means, strict=True)
        )
        found.append(ops.argmax(product / length, axis=1))
    return ops.cast(ops.concatenate(found), "int32")


def _mean_distance(actual: Sequence[Any], target: Sequence[Any]) -> Any:
    product = _sum(ops.sum(x * y, axis=1) for x, y in zip(actual, target, strict=True))
    return ops.mean(1 - product / (_length(actual) * _length(target)))


def _length(parts: Iterable[Any]) -> Any:
    return ops.sqrt(_sum(ops.sum(ops.square(part), axis=1) for part in parts) + SMOOTHING)


def _sum(parts: Iterable[Any]) -> Any:
    return functools.reduce(operator.add, parts)
