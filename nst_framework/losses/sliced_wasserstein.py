"""The sliced Wasserstein loss: the same distribution along many directions in feature space."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import keras
import numpy as np
from keras import ops

from ..checks import check_integer
from ..defaults import STYLE_LAYERS
from .base import Layers, LayerWeights, Loss
from .distances import quantile_distance, sort_values


@keras.saving.register_keras_serializable("nst_framework")
class SlicedWassersteinLoss(Loss):
    r"""Squared differences between the distributions of features, direction by direction.

    $$ L = \sum_l w_l \, \frac{1}{|V| M_l} \sum_{v \in V} \sum_k
       \left( \text{sort}(F^l v)_k - \text{sort}(A^l v)_k \right)^2 $$

    with the features $F^l$ of the image and $A^l$ of the style, $M_l$ positions of $N_l$ channels,
    and directions $V$: randomly rotated vectors of length 1, orthogonal to one another. The paper
    draws new ones in every step. Here they stay fixed, so that a solver that estimates curvature
    minimizes one function; their seed is part of a checkpoint.

    Source: Heitz, Vanhoey, Chambon and Belcour, "A sliced Wasserstein loss for neural texture
    synthesis", CVPR 2021.

    Example:
    ```python
    trainer.compile([ContentLoss(), SlicedWassersteinLoss(seed=1)])
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        directions: The number of directions; by default as many as the layer has channels.
        seed: Seed of the directions.
        name: The loss's name in logs.
    """

    target = "style"
    layers = STYLE_LAYERS
    default_weight = 4000.0
    ignores_order = True

    def __init__(
        self,
        layers: Layers = None,
        layer_weights: LayerWeights = None,
        directions: int | None = None,
        seed: int = 0,
        name: str | None = None,
    ) -> None:
        super().__init__(layers, layer_weights, name)
        self.directions = (
            None if directions is None else check_integer("directions", directions, minimum=1)
        )
        self.seed = check_integer("seed", seed, minimum=0)

    def represent(self, features: Any) -> Any:
        """Returns the sorted features `(directions, positions)` along each direction."""
        channels = features.shape[-1]
        directions = random_directions(channels, self.directions or channels, self.seed)
        matrix = ops.reshape(features, (-1, channels))
        # A copy, because PyTorch warns about read-only arrays.
        return sort_values(matrix @ ops.convert_to_tensor(directions.copy(), dtype=features.dtype))

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean squared difference of the sorted values."""
        return quantile_distance(actual, target)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "directions": self.directions, "seed": self.seed}


@lru_cache(maxsize=16)
def random_directions(channels: int, count: int, seed: int) -> np.ndarray:
    """Draws unit directions `(channels, count)`, orthogonal within each `channels` columns.

    The array is read-only because it is cached.
    """
    generator = np.random.default_rng(seed)
    sets = [
        np.linalg.qr(generator.normal(size=(channels, channels)))[0]
        for _ in range(0, count, channels)
    ]
    directions = np.concatenate(sets, axis=1)[:, :count]
    directions.flags.writeable = False
    return directions
