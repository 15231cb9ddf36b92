"""A preset, for `Trainer.from_preset`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from .. import defaults
from ..extractors.vgg16 import VGG16FeatureExtractor
from ..losses.base import Loss
from ..losses.content import ContentLoss
from ..losses.style import StyleLoss
from ..losses.total_variation import TotalVariationLoss
from . import preset_text
from .class_calls import loss_arguments, parse_class_call
from .fit_defaults import FitDefaults


@dataclass(frozen=True)
class Preset:
    """The settings of a preset, which are those of `nst transfer`; what it leaves open is Python's.

    Attributes:
        loss: Classes of losses that replace the style loss, with their arguments.
        content_layers: Layers of the content loss.
        style_layers: Layers of the style loss.
        content_weight: Weight of the content loss.
        style_weight: Weight of the style loss.
        tv_weight: Weight of the total variation.
        pooling: Pooling of VGG16.
        optimizer: Name of the optimizer.
        scales: Fractions of the size to work at.
        stage: Instead of scales: the stages, as `--stage` has them.
        style_rotations: By how many degrees styles are turned.
        size: Length of the longer side, in pixels.
        epochs: Total number of epochs.
        steps_per_epoch: Maximum number of steps in each epoch.
        initial_image: The starting image.
        color: Where the colours come from.
    """

    loss: Sequence[str] = ()
    content_layers: Sequence[str] = defaults.CONTENT_LAYERS
    style_layers: Sequence[str] = defaults.STYLE_LAYERS
    content_weight: float = defaults.CONTENT_WEIGHT
    style_weight: float = defaults.STYLE_WEIGHT
    tv_weight: float = defaults.TOTAL_VARIATION_WEIGHT
    pooling: str = defaults.POOLING
    optimizer: str = "lbfgs"
    scales: Sequence[float] = defaults.SCALES
    stage: Sequence[str] = ()
    style_rotations: Sequence[int] = (0,)
    size: int = defaults.SIZE
    epochs: int = defaults.EPOCHS
    steps_per_epoch: int = defaults.STEPS_PER_EPOCH
    initial_image: str = "content"
    color: str = "style"

    def extractor(self) -> VGG16FeatureExtractor:
        """The network."""
        return VGG16FeatureExtractor(pooling=self.pooling)

    def losses(self) -> list[Loss]:
        """The losses."""
        losses = [loss for loss, _ in self._named_losses()]
        if not losses:
            losses = [StyleLoss(self.style_layers)]
        if self.content_weight:
            losses.insert(0, ContentLoss(self.content_layers))
        if self.tv_weight:
            losses.append(TotalVariationLoss())
        return losses

    def weights(self) -> dict[str, float]:
        """The weights by the losses' names, but for those that are their classes'."""
        weights = {
            "content_loss": self.content_weight,
            "style_loss": 0.0 if self.loss else self.style_weight,
            "total_variation_loss": self.tv_weight,
        }
        given = {loss.name: weight for loss, weight in self._named_losses() if weight is not None}
        return {name: weight for name, weight in weights.items() if weight} | given

    def _named_losses(self) -> list[tuple[Loss, float | None]]:
        """The losses in `loss`, each with its weight, if it has one."""
        # The package loads a name when it is used, so that this loads one loss and not all of them.
        import nst_framework

        found: list[tuple[Loss, float | None]] = []
        for call in map(parse_class_call, self.loss):
            arguments, weight = loss_arguments(call)
            found.append((getattr(nst_framework, call.class_name)(**arguments), weight))
        return found

    def fit_defaults(self) -> FitDefaults:
        """What the preset says of `Trainer.fit`."""
        return FitDefaults(
            self.size,
            self.epochs,
            self.steps_per_epoch,
            self.initial_image,
            self.color,
            tuple(self.style_rotations),
        )


def read_preset(name: str) -> Preset:
    """Reads a preset.

    Raises:
        ValueError: If there is no preset of that name; the error lists them.
    """
    return Preset(**tomllib.loads(preset_text(name)))
