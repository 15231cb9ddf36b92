"""The feature splitting loss: every feature of a layer is close to one of the style's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from .neural_neighbors import HYPERCOLUMN_LAYERS
from .sampling import SampledLoss, sample_features

SMOOTHING = 1e-12
"""Added to squared lengths, because all-zero features have no direction."""

FEW_CHANNELS = 128
"""Layers with at most this many channels have the most positions. Halving their samples cuts the
time of a step at 256 x 192 pixels to 0.8, without a visible difference in the picture."""


@keras.saving.register_keras_serializable("nst_framework")
class FeatureSplittingLoss(SampledLoss):
    r"""Distance of each feature to the nearest one of the style, in each layer separately.

    $$ L = \sum_l w_l \, \frac{1}{m_l} \sum_i \min_j \Bigl( 1 - \cos(F^l_i - \bar F^l, \;
       A^l_j - \bar A^l) \Bigr) $$

    with the features $F^l$ of the image and $A^l$ of the style, and their means $\bar F^l$ and
    $\bar A^l$ over all positions. The preset `neighbors` uses it after `NeuralNeighborsLoss`.
    Unlike that loss, it lets each layer at a position match a different place in the style, and
    searches again at every step; strokes become whole and large. Alone it preserves little of the
    content.

    Source: Kolkin, Kucera, Paris, Sykora, Shechtman and Shakhnarovich, "Neural neighbor style
    transfer", arXiv 2203.13215, 2022, on feature splitting.

    Example:
    ```python
    trainer.compile([ContentLoss(), FeatureSplittingLoss()], optimizer="pyramid")
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        samples: Maximum number of positions compared in each image, by default 4096. It bounds the
            memory, which holds a number for each pair of positions. Layers with up to 128 channels,
            which have the most positions, use half as many.
        seed: Seed of the sample, which stays the same during a run.
        name: The loss's name in logs.
    """

    target = "style"
    layers = HYPERCOLUMN_LAYERS
    default_weight = 1000000.0
    samples = 4096
    ignores_order = True

    def represent(self, features: Any) -> Any:
        """Returns the directions `(positions, channels)` of features relative to their mean."""
        few = features.shape[-1] <= FEW_CHANNELS
        samples = max(1, self.samples // 2) if few else self.samples
        sampled = sample_features(features, samples, self.seed)
        centered = sampled - ops.mean(sampled, axis=0, keepdims=True)
        square = ops.sum(ops.square(centered), axis=1, keepdims=True)
        return centered / ops.sqrt(square + SMOOTHING)

    def join(self, statistics: Sequence[Any]) -> Any:
        """Takes an equal share of each image's directions, at most `samples` in total."""
        every = len(statistics)
        return ops.concatenate([part[::every] for part in statistics], axis=0)

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean distance between directions and the nearest ones of the target."""
        # The match itself has no gradient, and only the pairs are faster to differentiate.
        similarity = ops.matmul(ops.stop_gradient(actual), ops.transpose(target))
        nearest = ops.take(target, ops.argmax(similarity, axis=1), axis=0)
        return ops.mean(1 - ops.sum(actual * nearest, axis=1))
