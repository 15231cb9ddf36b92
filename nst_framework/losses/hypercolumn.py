"""A loss on hypercolumns, which join the features of all layers at one position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from ..checks import check_integer
from .base import IMAGE, Layers, LayerWeights, Loss
from .names import loss_class
from .sampling import sample_positions

STROTSS_LAYERS = (
    IMAGE,
    "block1_conv1",
    "block1_conv2",
    "block2_conv1",
    "block2_conv2",
    "block3_conv1",
    "block3_conv2",
    "block3_conv3",
    "block4_conv3",
    "block5_conv3",
)

PIXELS_PER_DEVIATION = 57.0
"""The standard deviation of a channel over ImageNet, by which the paper's network divides pixels.
This package's VGG16 features are larger by this factor."""


@keras.saving.register_keras_serializable("nst_framework")
class HypercolumnLoss(Loss):
    r"""Applies another loss to hypercolumns instead of to each layer separately.

    A hypercolumn $h(p) = (a_1 F^1(p), \dots, a_n F^n(p))$ consists of the features of all layers
    at one position $p$, each multiplied by a factor $a_l$. Layers with fewer positions are
    interpolated bilinearly. The other loss receives hypercolumns at a sample of positions in place
    of a layer's features, and thus compares all layers at a position together.

    Source: Hariharan, Arbeláez, Girshick and Malik, "Hypercolumns for object segmentation and
    fine-grained localization", CVPR 2015; Kolkin, Salavon and Shakhnarovich, "Style transfer by
    relaxed optimal transport and self-similarity", CVPR 2019 (STROTSS), whose layers are the
    default.

    Example:
    ```python
    trainer.compile([
        HypercolumnLoss(SelfSimilarityLoss(), name="structure"),
        HypercolumnLoss(RelaxedEarthMoverLoss(), name="strokes"),
        HypercolumnLoss(MeanCovarianceLoss(), name="moments"),
    ])
    ```

    Args:
        loss: A loss, or the name of one of the package, such as `"relaxed_earth_mover_loss"`. Its
            own layers are not used. Like most losses, it must treat layers separately and not
            override `prepare`.
        layers: Names of layers, the first of which determines the positions; `"image"` for the
            pixels.
        layer_weights: The factors. By default 1/255 for pixels and 1/57 for features, as if the
            network's input were pixels divided by their standard deviation over ImageNet.
        samples: Maximum number of positions.
        seed: Seed of the sample, which stays the same during a run.
        name: The loss's name in logs.

    Raises:
        ValueError: If an argument is invalid.
    """

    layers = STROTSS_LAYERS

    def __init__(
        self,
        loss: Loss | str = "relaxed_earth_mover_loss",
        layers: Layers = None,
        layer_weights: LayerWeights = None,
        samples: int = 1024,
        seed: int = 0,
        name: str | None = None,
    ) -> None:
        self.loss = loss_class(loss)() if isinstance(loss, str) else loss
        kind = type(self.loss)
        if not isinstance(self.loss, Loss) or (
            kind.represent_layers,
            kind.compare_layers,
            kind.prepare,
        ) != (Loss.represent_layers, Loss.compare_layers, Loss.prepare):
            raise ValueError(
                "Invalid value for argument `loss`. Expected a loss that treats layers separately, "
                f"such as RelaxedEarthMoverLoss(). Received: loss={loss!r}. Use it without "
                "HypercolumnLoss."
            )
        super().__init__(layers, layer_weights, name, target=self.loss.target)
        if layer_weights is None:
            self.layer_weights = {
                layer: 1 / 255 if layer == IMAGE else 1 / PIXELS_PER_DEVIATION
                for layer in self.layers
            }
        self.samples = check_integer("samples", samples, minimum=1)
        self.seed = check_integer("seed", seed, minimum=0)
        self.default_weight = self.loss.default_weight
        self.target_size_may_differ = self.loss.target_size_may_differ

    def represent_layers(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Computes the other loss's statistic of the hypercolumns, keyed by the first layer."""
        height, width = features[self.layers[0]].shape[1:3]
        positions = sample_positions(height, width, self.samples, self.seed)
        rows = (positions // width + 0.5) / height
        columns = (positions % width + 0.5) / width
        parts = [
            self.layer_weights[layer] * interpolate(features[layer], rows, columns)
            for layer in self.layers
        ]
        hypercolumns = ops.concatenate(parts, axis=1)[None, :, None]
        return {self.layers[0]: self.loss.represent(hypercolumns)}

    def join(self, statistics: Sequence[Any]) -> Any:
        """Combines statistics as the other loss does."""
        return self.loss.join(statistics)

    def compare(self, actual: Any, target: Any) -> Any:
        """Compares statistics as the other loss does."""
        return self.loss.compare(actual, target)

    def compare_layers(self, statistics: Mapping[str, Any], targets: Mapping[str, Any]) -> Any:
        """Compares hypercolumns, which already include the layers' factors."""
        first = self.layers[0]
        return self.compare(statistics[first], targets.get(first))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            "loss": keras.saving.serialize_keras_object(self.loss),
            "layers": list(self.layers),
            "layer_weights": list(self.layer_weights.values()),
            "samples": self.samples,
            "seed": self.seed,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> HypercolumnLoss:
        """Makes a loss from a configuration returned by `get_config`."""
        return cls(**{**config, "loss": keras.saving.deserialize_keras_object(config["loss"])})


def interpolate(features: Any, rows: np.ndarray, columns: np.ndarray) -> Any:
    """Interpolates features bilinearly at any positions; returns `(positions, channels)`.

    `rows` `(positions,)` range from 0 at the upper border to 1 at the lower, and `columns` likewise
    from left to right; features are `(1, height, width, channels)`.
    """
    height, width, channels = features.shape[1:]
    flat = ops.reshape(features, (height * width, channels))
    total = 0.0
    for row, row_share in _neighbors(rows, height):
        for column, column_share in _neighbors(columns, width):
            share = ops.cast((row_share * column_share)[:, None], features.dtype)
            total = total + share * ops.take(flat, row * width + column, axis=0)
    return total


def _neighbors(fractions: np.ndarray, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """For fractions of an axis of `count` equal cells: the two nearest cells and their shares."""
    centers = np.clip(fractions * count - 0.5, 0, count - 1)
    lower = np.floor(centers).astype(np.int32)
    share = centers - lower
    return [(lower, 1 - share), (np.minimum(lower + 1, count - 1), share)]
