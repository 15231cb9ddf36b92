"""The chained Gram loss: correlations between features of successive layers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from ..defaults import STYLE_LAYERS
from .base import Layers, LayerWeights, Loss


@keras.saving.register_keras_serializable("nst_framework")
class ChainedGramLoss(Loss):
    r"""Squared difference between the Gram matrices of each layer and the next deeper one.

    $$ L = \sum_l w_l \, \frac{1}{4 N_l N_{l+1}} \sum_{i,j} (G^l_{ij} - A^l_{ij})^2, \quad
       G^l_{ij} = \frac{1}{M_l} \sum_k F^l_{ki} \, \text{up}(F^{l+1})_{kj} $$

    where $\text{up}$ enlarges the deeper layer's features to the size of the shallower layer's,
    each position to a block. (The computation is equivalent: it multiplies the mean of the
    shallower features over each block by the deeper feature.) The style thus includes how coarse
    structures are composed of fine ones.

    Source: Novak and Nikulin, "Improving the neural algorithm of artistic style", arXiv
    1605.04603, 2016, on correlations between features of different layers, chained.

    Example:
    ```python
    trainer.compile([ContentLoss(), ChainedGramLoss(["block1_conv1", "block2_conv1"])])
    ```

    Args:
        layers: Names of two or more layers, from the shallowest to the deepest.
        layer_weights: For each layer, the weight of its relation to the next one; the last layer's
            weight is not used. By default `1 / len(layers)`.
        name: The loss's name in logs.
    """

    target = "style"
    layers = STYLE_LAYERS

    def __init__(
        self, layers: Layers = None, layer_weights: LayerWeights = None, name: str | None = None
    ) -> None:
        super().__init__(layers, layer_weights, name)
        if len(self.layers) < 2:
            raise ValueError(
                "Invalid value for argument `layers`. Expected two or more layers, from the "
                f"shallowest to the deepest. Received: layers={list(self.layers)}."
            )

    def represent_layers(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Computes the Gram matrix `(channels, deeper channels)` of each layer and the next."""
        return {
            layer: _chained_gram_matrix(features[layer], features[deeper])
            for layer, deeper in itertools.pairwise(self.layers)
        }

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns a quarter of the mean squared difference of two Gram matrices."""
        return ops.mean((actual - target) ** 2) / 4


def _chained_gram_matrix(features: Any, deeper: Any) -> Any:
    factor = features.shape[1] // deeper.shape[1]
    if factor > 1:
        features = ops.average_pool(features, factor, strides=factor, data_format="channels_last")
    height, width = deeper.shape[1:3]
    # Positions left over at the border belong to no position of the deeper layer.
    first = ops.reshape(features[:, :height, :width], (height * width, -1))
    second = ops.reshape(deeper, (height * width, -1))
    return ops.matmul(ops.transpose(first), second) / (height * width)
