"""The content loss: the same features at the same places."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..defaults import CONTENT_LAYERS, CONTENT_WEIGHT
from .base import Loss


@keras.saving.register_keras_serializable("nst_framework")
class ContentLoss(Loss):
    r"""Squared difference between the features of the image and of the content.

    $$ L = \sum_l w_l \, \frac{1}{2 N_l M_l} \sum_{i,j} (F^l_{ij} - P^l_{ij})^2 $$

    with the features $F^l$ of the image and $P^l$ of the content, both `(M_l, N_l)`: $M_l$
    positions and $N_l$ channels. Unlike in the paper, the sum is divided by the number of entries,
    so that the same weight suits every size.

    Source: Gatys, Ecker and Bethge, "Image style transfer using convolutional neural networks",
    CVPR 2016, equation 1.

    Example:
    ```python
    ContentLoss(layers=["block3_conv2", "block4_conv2"], layer_weights=[0.3, 0.7])
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        name: The loss's name in logs.
    """

    target = "content"
    layers = CONTENT_LAYERS
    default_weight = CONTENT_WEIGHT
    mean_over_positions = "compare"
    target_size_may_differ = False

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns half the mean squared difference of two `(1, height, width, channels)`."""
        return ops.mean(ops.square(actual - target)) / 2
