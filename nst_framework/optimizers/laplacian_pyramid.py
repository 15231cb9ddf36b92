"""Updates all levels of the image's Laplacian pyramid at once with a Keras optimizer."""

from __future__ import annotations

import itertools
from typing import Any

import keras
import numpy as np
from keras import ops

from ..checks import check_integer
from .keras_optimizer import KerasOptimizer


@keras.saving.register_keras_serializable("nst_framework")
class LaplacianPyramidOptimizer(KerasOptimizer):
    r"""Updates the coefficients of the image's Laplacian pyramid with a Keras optimizer.

    The image is $x = \sum_k U_k p_k$, where $p_k$ is half as high and wide as $p_{k-1}$ and $U_k$
    enlarges it bilinearly to the image's size. The gradient at level $k$ is $U_k^T \nabla L$, and
    the optimizer moves all levels by about its learning rate. Whole areas thus change color as
    quickly as single pixels, whereas Adam on the pixels alone would only add fine texture.

    Source: Kolkin, Salavon and Shakhnarovich, "Style transfer by relaxed optimal transport and
    self-similarity", CVPR 2019, on the implementation; Burt and Adelson, "The Laplacian pyramid as
    a compact image code", 1983.

    Example:
    ```python
    optimizer = LaplacianPyramidOptimizer(keras.optimizers.Adam(0.5))
    trainer.compile(NeuralNeighborsLoss(), optimizer=optimizer)
    ```

    Args:
        optimizer: A `keras.optimizers.Optimizer`; its learning rate is in pixel values.
        levels: Maximum number of levels; 1 updates only the image itself.
    """

    def __init__(self, optimizer: keras.optimizers.Optimizer, levels: int = 8) -> None:
        super().__init__(optimizer)
        self.levels = check_integer("levels", levels, minimum=1)
        self._enlargements: list[tuple[Any, Any]] = []

    def build(self, image: np.ndarray, state: dict[str, Any]) -> None:
        """Starts with a fresh optimizer, or with the moments of a saved one."""
        sizes = pyramid_sizes(image.shape[1], image.shape[2], self.levels)
        self._enlargements = [
            tuple(
                ops.convert_to_tensor(enlargement(small, large))
                for small, large in zip(coarse, fine, strict=True)
            )
            for fine, coarse in itertools.pairwise(sizes)
        ]
        channels = image.shape[3]
        self._build([np.zeros((1, *size, channels), np.float32) for size in sizes], state)

    def bytes_per_pixel(self) -> float:
        """Estimates seven float32 copies, plus a third for the smaller levels."""
        return 7 * 3 * 4 * 4 / 3

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"optimizer": super().get_config(), "levels": self.levels}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LaplacianPyramidOptimizer:
        """Makes an optimizer from a configuration returned by `get_config`."""
        optimizer = keras.optimizers.deserialize(dict(config["optimizer"]))
        return cls(optimizer, config["levels"])

    def _update(self, image: Any, gradient: Any) -> Any:
        # The update depends on the gradients and not on the variables' values, so the variables
        # start each step at 0 and end it as each level's change.
        gradients = [gradient]
        for rows, columns in self._enlargements:
            gradient = ops.einsum("yh,bywc->bhwc", rows, gradient)
            gradient = ops.einsum("xw,bhxc->bhwc", columns, gradient)
            gradients.append(gradient)
        for variable in self._variables:
            variable.assign(ops.zeros(variable.shape))
        self.optimizer.apply(gradients, self._variables)
        change = ops.stop_gradient(self._variables[-1])
        for (rows, columns), variable in zip(
            self._enlargements[::-1], self._variables[-2::-1], strict=True
        ):
            change = ops.einsum("yh,bhwc->bywc", rows, change)
            change = ops.einsum("xw,bywc->byxc", columns, change)
            change = change + ops.stop_gradient(variable)
        return image + change


def pyramid_sizes(height: int, width: int, levels: int) -> list[tuple[int, int]]:
    """The height and width of each level, from the image's own to the smallest.

    There are fewer than `levels` if a side would otherwise be shorter than 2.
    """
    sizes = [(height, width)]
    while len(sizes) < levels and min(sizes[-1]) >= 4:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    return sizes


def enlargement(small: int, large: int) -> np.ndarray:
    """The matrix `(large, small)`, float32, that enlarges one axis bilinearly; rows add up to 1."""
    centers = np.clip((np.arange(large) + 0.5) * small / large - 0.5, 0, small - 1)
    return np.maximum(1 - np.abs(centers[:, None] - np.arange(small)), 0).astype(np.float32)
