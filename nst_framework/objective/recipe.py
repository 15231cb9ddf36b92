"""The recipe of an objective: network, losses, weights and precision."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..extractors.base import FeatureExtractor
from ..fingerprints import describe
from ..losses.base import IMAGE, Loss
from ..memory import LRUCache, Value

PRECISIONS = {"float32": None, "mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}
"""The dtype inside the network, by the name of the Keras policy; `None`: the image's."""


@dataclass(frozen=True)
class Recipe:
    """A network, losses and their weights, as made by `Trainer.compile`.

    Example:
    ```python
    losses = [ContentLoss(), StyleLoss()]
    recipe = Recipe(VGG16FeatureExtractor(), losses, {"content_loss": 1.0, "style_loss": 2.0})
    objective = Objective(recipe, content, style)
    ```

    Attributes:
        extractor: The network.
        losses: The losses, with different names.
        weights: A weight for each loss, by name.
        precision: `"float32"`, or `"mixed_bfloat16"` or `"mixed_float16"` to run the network in 16
            bits; image, statistics, losses and gradient stay in float32.
        gradient_shares: Each loss's share of the gradient at the start, by name; they add up to 1.
            A run then finds its own weights and uses `weights` only to measure the gradients.
        tileable: Whether the image repeats beyond its borders.
    """

    extractor: FeatureExtractor
    losses: tuple[Loss, ...] | list[Loss]
    weights: Mapping[str, float]
    precision: str = "float32"
    gradient_shares: Mapping[str, float] | None = None
    tileable: bool = False
    _cache: LRUCache = field(default_factory=LRUCache, init=False, repr=False, compare=False)

    def make_once(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Caches a value for this recipe, such as a compiled function, which is slow to trace.

        `key` identifies everything that the value depends on besides the recipe. The least recently
        used values are dropped.
        """
        return self._cache.get(key, make)

    def weighted(self, weights: Mapping[str, float]) -> Recipe:
        """The recipe without the losses whose weight, by name, is 0, to avoid computing them.

        Returns the recipe itself if all losses remain, or if none would. The result is cached, so
        that its functions are traced only once.
        """
        losses = tuple(loss for loss in self.losses if weights[loss.name] > 0)
        if not losses or len(losses) == len(self.losses):
            return self
        names = tuple(loss.name for loss in losses)
        return self.make_once(
            ("losses", names),
            lambda: dataclasses.replace(
                self, losses=losses, weights={name: weights[name] for name in names}
            ),
        )

    @property
    def compute_dtype(self) -> str | None:
        """The dtype inside the network; `None`: the image's."""
        return PRECISIONS[self.precision]

    @property
    def network_layers(self) -> list[str]:
        """The network layers that the losses use, without duplicates."""
        return [layer for layer in layers_of(self.losses) if layer != IMAGE]

    def describe(self) -> dict[str, Any]:
        """Identifies the recipe in a checkpoint."""
        return {
            **({"tileable": True} if self.tileable else {}),
            "extractor": describe(self.extractor),
            "losses": [describe(loss) for loss in self.losses],
            "loss_weights": None if self.gradient_shares else dict(self.weights),
            "gradient_shares": self.gradient_shares and dict(self.gradient_shares),
            "precision": self.precision,
        }


def layers_of(losses: Iterable[Loss]) -> tuple[str, ...]:
    """The losses' layers without duplicates; `"image"` stands for the image itself."""
    return tuple(dict.fromkeys(layer for loss in losses for layer in loss.layers))
