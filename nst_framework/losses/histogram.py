"""The histogram loss: the same distribution of values in each channel."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from .base import Loss
from .distances import quantile_distance, sort_values

HISTOGRAM_LAYERS = ("block1_conv1", "block4_conv1")


@keras.saving.register_keras_serializable("nst_framework")
class HistogramLoss(Loss):
    r"""Squared difference between the features and their values matched to the style's histogram.

    $$ L = \sum_l w_l \, \frac{1}{N_l M_l} \sum_{i,k} (F^l_{ik} - R(F^l)_{ik})^2 $$

    where $R$ gives each of the $M_l$ positions the value of the same rank in the style, channel by
    channel. That is the mean squared difference of the sorted values. (The paper matches
    histograms of 256 bins and does not divide the sum by the number of entries.) Gram matrices
    alone allow the same second moments with a different mean and variance, so the paper combines
    this loss with theirs.

    Source: Risser, Wilmot and Barnes, "Stable and controllable neural texture synthesis and style
    transfer using histogram losses", arXiv 1701.08893, 2017, on the histogram loss.

    Example:
    ```python
    trainer.compile([ContentLoss(), StyleLoss(), HistogramLoss()])
    ```

    Args:
        layers: Names of layers; by default the two used in the paper.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        name: The loss's name in logs.
    """

    target = "style"
    layers = HISTOGRAM_LAYERS
    default_weight = 3500.0
    ignores_order = True

    def represent(self, features: Any) -> Any:
        """Returns the sorted values `(channels, positions)` of each channel."""
        return sort_values(ops.reshape(features, (-1, features.shape[-1])))

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean squared difference of the sorted values."""
        return quantile_distance(actual, target)
