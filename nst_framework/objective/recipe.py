"""What is minimised: network, losses, weights and precision, as one thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..extractors.base import FeatureExtractor
from ..fingerprints import describe
from ..losses.base import IMAGE, Loss

PRECISIONS = {"float32": None, "mixed_bfloat16": "bfloat16"}
"""Number type inside the network, where it is not the image's, by the names of Keras's policies."""


@dataclass(frozen=True)
class Recipe:
    """A network, losses, and what each of them counts: what `Trainer.compile` makes.

    Example:
    ```python
    losses = [ContentLoss(), StyleLoss()]
    recipe = Recipe(VGG16FeatureExtractor(), losses, {"content_loss": 1.0, "style_loss": 2.0})
    objective = Objective(recipe, content, style)
    ```

    Attributes:
        extractor: The network.
        losses: The losses, with different names.
        weights: A weight for each loss by its name.
        precision: `"float32"`, or `"mixed_bfloat16"` for a network in bfloat16: image, statistics,
            losses and gradient stay in float32.
        gradient_shares: Each loss's share of the gradient at the start, by its name, adding up to
            1. A run then finds the weights, and `weights` only serve to measure the gradients.
    """

    extractor: FeatureExtractor
    losses: tuple[Loss, ...] | list[Loss]
    weights: Mapping[str, float]
    precision: str = "float32"
    gradient_shares: Mapping[str, float] | None = None

    @property
    def compute_dtype(self) -> str | None:
        """Number type inside the network; `None`: the image's."""
        return PRECISIONS[self.precision]

    @property
    def network_layers(self) -> list[str]:
        """The layers of the network that the losses ask for, each once."""
        return [layer for layer in layers_of(self.losses) if layer != IMAGE]

    def describe(self) -> dict[str, Any]:
        """What identifies it in a checkpoint."""
        return {
            "extractor": describe(self.extractor),
            "losses": [describe(loss) for loss in self.losses],
            "loss_weights": None if self.gradient_shares else dict(self.weights),
            "gradient_shares": self.gradient_shares and dict(self.gradient_shares),
            "precision": self.precision,
        }


def layers_of(losses: Iterable[Loss]) -> tuple[str, ...]:
    """The layers of losses, each once; the image itself is `"image"`."""
    return tuple(dict.fromkeys(layer for loss in losses for layer in loss.layers))
