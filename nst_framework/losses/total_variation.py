"""The total variation loss: neighboring pixels are similar."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..checks import check_number
from ..defaults import TOTAL_VARIATION_EXPONENT, TOTAL_VARIATION_WEIGHT
from .base import Loss

SMOOTHING = 1e-3
"""Added under the root, for a finite gradient where the image is flat."""


@keras.saving.register_keras_serializable("nst_framework")
class TotalVariationLoss(Loss):
    r"""Differences between neighboring pixels, to suppress noise in the image.

    $$ L = \frac{1}{(H - 1)(W - 1) C} \sum_{i,j,c}
       \left( (x_{i,j+1,c} - x_{ijc})^2 + (x_{i+1,j,c} - x_{ijc})^2 \right)^{\beta / 2} $$

    for an image $x$ of `(H, W, C)`, RGB from 0 to 255, with the exponent $\beta$: at 1 edges cost
    no more than slopes, at 2 they cost more. Unlike in the paper, the sum is divided by its number
    of terms, so that the same weight suits every size. $\epsilon = 0.001$ is added under the root
    and $\epsilon^{\beta/2}$ is subtracted again, because otherwise, for $\beta < 2$, the gradient
    would not be finite where the image is flat.

    Source: Mahendran and Vedaldi, "Understanding deep image representations by inverting them",
    CVPR 2015, section 3 (there $\mathcal{R}_{V^\beta}$).

    Example:
    ```python
    TotalVariationLoss(exponent=1.0)
    ```

    Args:
        exponent: The exponent $\beta$, above 0.
        name: The loss's name in logs.
    """

    default_weight = TOTAL_VARIATION_WEIGHT
    mean_over_positions = "compare"
    window = 2

    def __init__(self, exponent: float = TOTAL_VARIATION_EXPONENT, name: str | None = None) -> None:
        super().__init__(name=name)
        self.exponent = check_number("exponent", exponent, minimum=0.0)
        if self.exponent == 0:
            raise ValueError(
                "Invalid value for argument `exponent`. Expected a number above 0. "
                f"Received: exponent={exponent!r}."
            )

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the total variation of an image `(1, height, width, 3)`; `target` is unused."""
        corner = actual[:, :-1, :-1]
        horizontal = actual[:, :-1, 1:] - corner
        vertical = actual[:, 1:, :-1] - corner
        power = self.exponent / 2
        variation = ops.square(horizontal) + ops.square(vertical) + SMOOTHING
        # TensorFlow computes powers of 1 and 2 as slowly as any others.
        if power != 1:
            variation = variation**power
        return ops.mean(variation - SMOOTHING**power)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"exponent": self.exponent, "name": self.name}
