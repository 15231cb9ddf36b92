"""The feature splitting loss: every feature of a layer is near to one of the style's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from .neural_neighbors import HYPERCOLUMN_LAYERS
from .sampling import SampledLoss, sample_features

SMOOTHING = 1e-12
"""Added to squared lengths, because features of zeros have no direction."""

FEW_CHANNELS = 128
"""Layers with no more channels have the most positions. With half as many samples there, a step at
256 x 192 pixels takes 0.8 of the time, and no difference is seen in the picture."""


@keras.saving.register_keras_serializable("nst_framework")
class FeatureSplittingLoss(SampledLoss):
    r"""The distance of each feature to the nearest of the style's, in each layer by itself.

    $$ L = \sum_l w_l \, \frac{1}{m_l} \sum_i \min_j \Bigl( 1 - \cos(F^l_i - \bar F^l, \;
       A^l_j - \bar A^l) \Bigr) $$

    with the means $\bar F^l$ and $\bar A^l$ over all positions. Unlike `NeuralNeighborsLoss`, which
    it follows in the preset `neighbors`, it lets the layers of one position take after different
    places of the style, and looks for them again at every step: strokes then become whole and
    large. Alone it keeps little of the content.

    Source: Kolkin, Kucera, Paris, Sykora, Shechtman and Shakhnarovich, "Neural neighbor style
    transfer", arXiv 2203.13215, 2022, on feature splitting.

    Example:
    ```python
    trainer.compile([ContentLoss(), FeatureSplittingLoss()], optimizer="pyramid")
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        samples: The largest number of positions of each image that are compared. It bounds the
            memory, which holds a number for each pair of positions. By default 4096; layers with
            up to 128 channels, which have the most positions, take half as many.
        seed: Seed of the sample, which stays the same during a run.
        name: The loss's name in logs.
    """

    target = "style"
    layers = HYPERCOLUMN_LAYERS
    default_weight = 1000000.0
    samples = 4096
    ignores_order = True

    def represent(self, features: Any) -> Any:
        """The directions `(positions, channels)` of features, relative to their mean."""
        few = features.shape[-1] <= FEW_CHANNELS
        samples = max(1, self.samples // 2) if few else self.samples
        sampled = sample_features(features, samples, self.seed)
        centred = sampled - ops.mean(sampled, axis=0, keepdims=True)
        square = ops.sum(ops.square(centred), axis=1, keepdims=True)
        return centred / ops.sqrt(square + SMOOTHING)

    def join(self, statistics: Sequence[Any]) -> Any:
        """An equal share of the directions of each image, no more than `samples` in total."""
        every = len(statistics)
        return ops.concatenate([part[::every] for part in statistics], axis=0)

    def compare(self, actual: Any, target: Any) -> Any:
        """The mean distance between directions and their nearest in the target."""
        # The match itself has no gradient, and the pairs alone are quicker to differentiate.
        likeness = ops.matmul(ops.stop_gradient(actual), ops.transpose(target))
        nearest = ops.take(target, ops.argmax(likeness, axis=1), axis=0)
        return ops.mean(1 - ops.sum(actual * nearest, axis=1))
