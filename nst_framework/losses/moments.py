"""The channel moments loss: the same mean and standard deviation in each channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from ..defaults import MOMENTS_WEIGHT, STYLE_LAYERS
from .base import Loss

SMOOTHING = 1e-4
"""Added to each variance, because a square root's gradient at 0 is not finite."""


@keras.saving.register_keras_serializable("nst_framework")
class ChannelMomentsLoss(Loss):
    r"""Squared differences between the mean and standard deviation of each channel.

    $$ L = \sum_l w_l \, \frac{1}{N_l} \sum_i
       \left( (\mu^l_i - \hat\mu^l_i)^2 + (\sigma^l_i - \hat\sigma^l_i)^2 \right) $$

    with mean $\mu_i$ and standard deviation $\sigma_i$ of channel $i$ over all positions, of the
    image and (with a hat) of the style. Both are computed from means over positions, of the
    features and of their squares. A small number is added to the variance under the root.

    Sources: Li, Wang, Liu and Hou, "Demystifying neural style transfer", IJCAI 2017, on
    the statistics of batch normalization; Huang and Belongie, "Arbitrary style transfer in
    real-time with adaptive instance normalization", ICCV 2017, on the style loss.

    Example:
    ```python
    trainer.compile([ContentLoss(), ChannelMomentsLoss()])
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        name: The loss's name in logs.
    """

    target = "style"
    layers = STYLE_LAYERS
    default_weight = MOMENTS_WEIGHT
    mean_over_positions = "represent"
    ignores_order = True

    def represent(self, features: Any) -> dict[str, Any]:
        """Computes mean and mean square of each channel of `(1, height, width, channels)`."""
        return {
            "mean": ops.mean(features, axis=(0, 1, 2)),
            "mean_square": ops.mean(ops.square(features), axis=(0, 1, 2)),
        }

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean over channels of the sum of both squared differences."""
        mean = actual["mean"] - target["mean"]
        deviation = _standard_deviation(actual) - _standard_deviation(target)
        return ops.mean(mean**2 + deviation**2)


def _standard_deviation(moments: Mapping[str, Any]) -> Any:
    # Rounding can make the variance of a constant channel negative.
    variance = ops.relu(moments["mean_square"] - moments["mean"] ** 2)
    return ops.sqrt(variance + SMOOTHING)
