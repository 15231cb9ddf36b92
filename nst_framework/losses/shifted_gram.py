"""The style loss computed from Gram matrices of shifted features."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..checks import check_number
from .base import Layers, LayerWeights
from .style import StyleLoss, gram_matrix


@keras.saving.register_keras_serializable("nst_framework")
class ShiftedGramLoss(StyleLoss):
    r"""Squared difference between the Gram matrices of features shifted by a constant.

    $$ L = \sum_l w_l \, \frac{1}{4 N_l^2} \sum_{i,j} (G^l_{ij} - A^l_{ij})^2, \quad
       G^l_{ij} = \frac{1}{M_l} \sum_k (F^l_{ki} + s \bar a_l)(F^l_{kj} + s \bar a_l) $$

    with the shift $s$ in units of $\bar a_l$, the mean of all of the style's features in the layer
    (which is 1 in the paper's network, whose weights are scaled accordingly), and otherwise as in
    `StyleLoss`, which it equals at $s = 0$. Features are 0 at most positions, which a Gram matrix
    ignores; with the shift, absent features count as well.

    Source: Novak and Nikulin, "Improving the neural algorithm of artistic style", arXiv
    1605.04603, 2016, on activation shift.

    Example:
    ```python
    trainer.compile([ContentLoss(), ShiftedGramLoss(shift=-0.5)])
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        shift: The constant added to all features, in units of the style's mean feature.
        name: The loss's name in logs.
    """

    def __init__(
        self,
        layers: Layers = None,
        layer_weights: LayerWeights = None,
        shift: float = -1.0,
        name: str | None = None,
    ) -> None:
        super().__init__(layers, layer_weights, name)
        self.shift = check_number("shift", shift)

    def represent(self, features: Any) -> dict[str, Any]:
        """Computes mean and Gram matrix of features `(1, height, width, channels)`."""
        return {"mean": ops.mean(features, axis=(0, 1, 2)), "gram": gram_matrix(features)}

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns a quarter of the mean squared difference of two shifted Gram matrices."""
        # The square of the shift is the same in both matrices and cancels.
        added = self.shift * ops.mean(target["mean"])
        mean = actual["mean"] - target["mean"]
        gram = actual["gram"] - target["gram"] + added * (mean[:, None] + mean[None, :])
        return ops.mean(gram**2) / 4

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "shift": self.shift}
