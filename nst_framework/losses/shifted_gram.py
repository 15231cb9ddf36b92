"""The style loss with Gram matrices of shifted features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..checks import check_number
from ..defaults import STYLE_LAYERS
from .style import StyleLoss, gram_matrix


class ShiftedGramLoss(StyleLoss):
    r"""Squared difference between Gram matrices of features that a number was added to.

    $$ L = \sum_l w_l \, \frac{1}{4 N_l^2} \sum_{i,j} (G^l_{ij} - A^l_{ij})^2, \quad
       G^l_{ij} = \frac{1}{M_l} \sum_k (F^l_{ki} + s)(F^l_{kj} + s) $$

    with the shift $s$, and otherwise as in `StyleLoss`, which it is at $s = 0$. Features are 0 at
    most positions, where a Gram matrix sees nothing of them; shifted, absence counts, too.

    Source: Novak and Nikulin, "Improving the neural algorithm of artistic style", arXiv
    1605.04603, 2016, section 3.3 (activation shift).

    Example:
    ```python
    trainer.compile([ContentLoss(), ShiftedGramLoss(shift=-100.0)])
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        shift: What is added to all features, in their own unit.
        name: The loss's name in logs.
    """

    def __init__(
        self,
        layers: Sequence[str] = STYLE_LAYERS,
        layer_weights: Mapping[str, float] | Sequence[float] | None = None,
        shift: float = -1.0,
        name: str | None = None,
    ) -> None:
        super().__init__(layers, layer_weights, name=name)
        self.shift = check_number("shift", shift)

    def represent(self, features: Any) -> Any:
        """The Gram matrix `(channels, channels)` of the shifted features."""
        return gram_matrix(features + self.shift)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "shift": self.shift}
