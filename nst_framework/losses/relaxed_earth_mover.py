"""The relaxed earth mover's distance: every feature has its like in the style, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keras import ops

from ..checks import check_integer
from .base import Loss
from .cosine import cosine_distances
from .sampling import sample_features

TRANSPORT_LAYERS = ("block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")


class RelaxedEarthMoverLoss(Loss):
    r"""The relaxed earth mover's distance between the features of the image and of the style.

    $$ L = \sum_l w_l \max \left( \frac{1}{n} \sum_i \min_j D_{ij}, \;
       \frac{1}{m} \sum_j \min_i D_{ij} \right) $$

    with the cosine distance $D_{ij}$ between the feature at the image's position $i$ and that at
    the style's position $j$. Each feature goes to the nearest of the other image, from whichever
    side that costs more: a lower bound of what it costs to move all of them. Lengths of features
    make no difference to it, so it goes together with a loss that sees them, such as
    `ChannelMomentsLoss`.

    Source: Kolkin, Salavon and Shakhnarovich, "Style transfer by relaxed optimal transport and
    self-similarity", CVPR 2019 (STROTSS), on the style loss. (There, the features of all layers
    are one vector.)

    Example:
    ```python
    trainer.compile([SelfSimilarityLoss(), RelaxedEarthMoverLoss(), ChannelMomentsLoss()])
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        samples: How many positions of each image are compared, at most. It bounds the memory, which
            has a number for each pair of positions. Where there are more, it matters which.
        seed: Seed of the sample, which stays the same during a run.
        name: The loss's name in logs.
    """

    default_weight = 30000000.0
    ignores_order = True

    def __init__(
        self,
        layers: Sequence[str] = TRANSPORT_LAYERS,
        layer_weights: Mapping[str, float] | Sequence[float] | None = None,
        samples: int = 2048,
        seed: int = 0,
        name: str | None = None,
    ) -> None:
        super().__init__(layers, layer_weights, target="style", name=name)
        self.samples = check_integer("samples", samples, minimum=1)
        self.seed = check_integer("seed", seed, minimum=0)

    def represent(self, features: Any) -> Any:
        """Features `(positions, channels)` at the sampled positions."""
        return sample_features(features, self.samples, self.seed)

    def compare(self, actual: Any, target: Any) -> Any:
        """The larger of the two mean distances to the nearest feature."""
        distances = cosine_distances(actual, target)
        to_target = ops.mean(ops.min(distances, axis=1))
        to_actual = ops.mean(ops.min(distances, axis=0))
        return ops.maximum(to_target, to_actual)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "samples": self.samples, "seed": self.seed}
