"""The neural neighbors loss: every place takes after the place of the style that fits it best."""

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
"""Added to squared lengths, because a hypercolumn of zeros has no direction."""

PAIRS_AT_ONCE = 4_000_000
"""How many pairs of hypercolumns are compared at a time, which bounds the memory: 16 MB for each of
a few arrays."""


@keras.saving.register_keras_serializable("nst_framework")
class NeuralNeighborsLoss(Loss):
    r"""The angle between each hypercolumn of the image and its target, one of the style's.

    A hypercolumn consists of the features of all layers at one position, resized to a quarter of
    the image's height and width, each layer divided by the number of its channels. When an epoch
    begins, every position $i$ is given the style's hypercolumn $s_{n(i)}$ that is nearest to a
    mixture of the content's $c_i$ and the image's $x_i$; then the loss is

    $$ L = \frac{1}{m} \sum_i \Bigl( 1 - \cos(x_i, s_{n(i)}) \Bigr), \quad
       n(i) = \arg\max_j \cos(\beta c_i + (1 - \beta) x_i - \mu, \; s_j - \nu) $$

    with the means $\mu$ of the mixtures and $\nu$ of the style's hypercolumns. The target has the
    style's features in all layers at once, so the result has the style's own strokes everywhere.
    Work from coarse to fine, give the style all four `rotations`, and let
    `FeatureSplittingLoss` finish the picture, as the preset `neighbors` does.

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
        content_share: The content's share $\beta$ of what the style is searched for, from 0 to 1.
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
                f"Received: content_share={content_share!r}. Pass 1 to search by content alone."
            )

    def represent_layers(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Each layer's part of the hypercolumns `(positions, channels)`."""
        height, width = features[self.layers[0]].shape[1:3]
        size = max(1, height // 4), max(1, width // 4)
        return {layer: self._column(layer, features[layer], size) for layer in self.layers}

    def prepare(
        self, targets: Mapping[str, Any], content: Mapping[str, Any], image: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The style's nearest hypercolumn for each position of the image."""
        share = self.content_share
        wanted = {
            layer: share * content[layer] + (1 - share) * image[layer] for layer in self.layers
        }
        nearest = find_nearest(
            [wanted[layer] for layer in self.layers], [targets[layer] for layer in self.layers]
        )
        return {layer: ops.take(targets[layer], nearest, axis=0) for layer in self.layers}

    def join(self, statistics: Sequence[Any]) -> Any:
        """All hypercolumns of several images."""
        return ops.concatenate(statistics, axis=0)

    def compare(self, actual: Any, target: Any) -> Any:
        """One minus the cosine for one layer alone, on average over the positions."""
        return _mean_distance([actual], [target])

    def compare_layers(self, statistics: Mapping[str, Any], targets: Mapping[str, Any]) -> Any:
        """One minus the cosine for the whole hypercolumns, on average over the positions."""
        layers = list(statistics)
        return _mean_distance(
            [statistics[layer] for layer in layers], [targets[layer] for layer in layers]
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "content_share": self.content_share}

    def _column(self, layer: str, features: Any, size: tuple[int, int]) -> Any:
        channels = features.shape[-1]
        resized = ops.image.resize(
            features, size, interpolation="bilinear", data_format="channels_last"
        )
        factor = self.layer_weights[layer] / channels
        return factor * ops.reshape(resized, (size[0] * size[1], channels))


def find_nearest(wanted: Sequence[Any], style: Sequence[Any]) -> Any:
    """For each hypercolumn, the number of the nearest one of the style: `(positions,)`, int32.

    Hypercolumns are one tensor `(positions, channels)` for each layer, and are taken relative to
    their means, as the cosine between features that are never negative says little.
    """
    means = [ops.mean(part, axis=0, keepdims=True) for part in style]
    length = _length(part - mean for part, mean in zip(style, means, strict=True))
    centred = [part - ops.mean(part, axis=0, keepdims=True) for part in wanted]
    at_once = max(1, PAIRS_AT_ONCE // style[0].shape[0])
    found = []
    for begin in range(0, wanted[0].shape[0], at_once):
        some = [part[begin : begin + at_once] for part in centred]
        # A sum over layers, so that the style's hypercolumns are not copied into one array. Their
        # mean is taken off afterwards; the length of what is wanted makes no difference.
        product = _sum(
            ops.einsum("ic,jc->ij", part, each) - ops.einsum("ic,jc->ij", part, mean)
            for part, each, mean in zip(some, style, means, strict=True)
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
