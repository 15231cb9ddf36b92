"""The Laplacian loss: edges and fine structures stay where the content has them."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..checks import check_integer
from .base import Loss


@keras.saving.register_keras_serializable("nst_framework")
class LaplacianLoss(Loss):
    r"""Squared difference between the Laplacians of the image and of the content.

    $$ L = \frac{1}{M} \sum_{i,c} \left( D(\bar x)_{ic} - D(\bar p)_{ic} \right)^2, \quad
       D(\bar x)_i = 4 \bar x_i - \bar x_{i \uparrow} - \bar x_{i \downarrow}
       - \bar x_{i \leftarrow} - \bar x_{i \rightarrow} $$

    with means $\bar x$ of the image and $\bar p$ of the content over squares whose side is
    `pooling` pixels, the four squares adjacent to each one, and $M$ entries. (The paper sums over
    every `pooling`-th square; here it is the mean over all squares within the image.) This loss
    preserves fine details, which deep features hardly capture and a content loss would lose.

    Source: Li, Xu, Nie and Chua, "Laplacian-steered neural style transfer", ACM Multimedia 2017.

    Example:
    ```python
    trainer.compile([ContentLoss(), StyleLoss(), LaplacianLoss(pooling=8)])
    ```

    Args:
        pooling: Side of a square in pixels; larger squares compare coarser structures. The paper
            uses 4 and 16.
        name: The loss's name in logs.
    """

    target = "content"
    default_weight = 600.0
    mean_over_positions = "compare"
    target_size_may_differ = False

    def __init__(self, pooling: int = 4, name: str | None = None) -> None:
        super().__init__(name=name)
        self.pooling = check_integer("pooling", pooling, minimum=1)
        self.window = 3 * self.pooling

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean squared difference of the Laplacians of two `(1, height, width, 3)`."""
        # Both operations are linear, so applying them once, to the difference, is enough.
        side = self.pooling
        mean = ops.average_pool(actual - target, side, strides=1, data_format="channels_last")
        inside = slice(side, -side)
        laplacian = (
            4 * mean[:, inside, inside]
            - mean[:, : -2 * side, inside]
            - mean[:, 2 * side :, inside]
            - mean[:, inside, : -2 * side]
            - mean[:, inside, 2 * side :]
        )
        return ops.mean(ops.square(laplacian))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"pooling": self.pooling, "name": self.name}
