"""The maximum mean discrepancy with a polynomial kernel."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..checks import check_number
from ..defaults import STYLE_LAYERS
from .base import Layers, LayerWeights, Loss
from .style import gram_matrix


@keras.saving.register_keras_serializable("nst_framework")
class PolynomialMMDLoss(Loss):
    r"""Squared maximum mean discrepancy with the kernel $k(x, y) = (x^T y + c)^2$.

    $$ L = \sum_l w_l \left( \overline{k(f, f')} + \overline{k(a, a')}
       - 2 \, \overline{k(f, a)} \right)
       = \sum_l w_l \left( \lVert G^l - A^l \rVert^2
       + 2 c \, \lVert \mu^l - \hat\mu^l \rVert^2 \right) $$

    with means of the kernel over all pairs of positions, of features $f$ of the image and $a$ of
    the style. The right-hand form is computed, from Gram matrices divided by the number of
    positions and from the channels' means, so no pairs are needed and tiles are possible. At
    $c = 0$ each layer's loss is $4 N_l^2$ times that of Gatys et al., so wide layers count for
    more.

    Source: Li, Wang, Liu and Hou, "Demystifying neural style transfer", IJCAI 2017, on
    the reformulation of the style loss and on the polynomial kernel.

    Example:
    ```python
    trainer.compile([ContentLoss(), PolynomialMMDLoss(offset=100.0)])
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        offset: The kernel's $c$, at least 0; larger values give the means more weight.
        name: The loss's name in logs.
    """

    target = "style"
    layers = STYLE_LAYERS
    default_weight = 2.7e-06
    mean_over_positions = "represent"
    ignores_order = True

    def __init__(
        self,
        layers: Layers = None,
        layer_weights: LayerWeights = None,
        offset: float = 0.0,
        name: str | None = None,
    ) -> None:
        super().__init__(layers, layer_weights, name)
        self.offset = check_number("offset", offset, minimum=0.0)

    def represent(self, features: Any) -> dict[str, Any]:
        """Computes mean and Gram matrix of features `(1, height, width, channels)`."""
        return {"mean": ops.mean(features, axis=(0, 1, 2)), "gram": gram_matrix(features)}

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the squared distance between the two means in the kernel's feature space."""
        gram = ops.sum((actual["gram"] - target["gram"]) ** 2)
        mean = ops.sum((actual["mean"] - target["mean"]) ** 2)
        return gram + 2 * self.offset * mean

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "offset": self.offset}
