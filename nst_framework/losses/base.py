"""The abstract loss, which compares a statistic of features with a target."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import keras
import numpy as np

from ..checks import check_number, check_scalar
from ..defaults import IMAGE as IMAGE
from .names import snake_case

Target = Literal["content", "style"] | None
MeanOverPositions = Literal["represent", "compare"] | None
Layers: TypeAlias = Sequence[str] | None
LayerWeights: TypeAlias = Mapping[str, float] | Sequence[float] | None


class Loss(ABC):
    r"""Compares a statistic of the image's features with the content's or the style's.

    A subclass declares its target and layers and implements `compare`. It also implements
    `represent` unless the statistic is the features themselves. The loss is

    $$ L = \sum_l w_l \, \text{compare}(\text{represent}(F_l), \text{represent}(P_l)) $$

    over its layers $l$, with the image's features $F_l$ and the target's features $P_l$. The
    targets are computed once, before the first step.

    Example:
    ```python
    class ChannelMeanLoss(Loss):
        target = "style"
        layers = ("block2_conv1", "block3_conv1")
        mean_over_positions = "represent"

        def represent(self, features):
            return keras.ops.mean(features, axis=(0, 1, 2))

        def compare(self, actual, target):
            return keras.ops.mean((actual - target) ** 2)
    ```

    A loss with arguments of its own defines a constructor that calls this one, and adds the
    arguments to `get_config`.

    Args:
        layers: Names of the extractor's layers, or `"image"` for the image itself; by default those
            that the class declares.
        layer_weights: A weight for each layer, in the layers' order or by name. By default each is
            `1 / len(layers)`, so that the loss is a mean over layers.
        name: The loss's name in logs; by default the class's name in snake case.
        target: The target, if the constructor of a subclass determines it. Usually the class
            declares it.

    Raises:
        ValueError: If an argument or a declaration is invalid.
    """

    target: Target = None
    """The image that gives the target: `"content"`, `"style"`, or `None` for a loss without one."""

    layers: tuple[str, ...] = (IMAGE,)
    """Names of the extractor's layers, or `"image"`, the default, for the image itself."""

    default_weight: float = 1.0
    """The loss's weight in the objective unless `Trainer.compile` is given another."""

    mean_over_positions: MeanOverPositions = None
    """Which of the two methods returns a mean over the positions of the features.

    `"represent"`: the statistic is a mean over positions, such as a Gram matrix or a channel's
    mean. `"compare"`: the features themselves are compared, position by position, and `compare`
    returns the mean. In both cases the loss can be computed exactly tile by tile, for images of any
    size. `None`: neither, so the whole image has to be evaluated at once.
    """

    window: int = 1
    """The height and width, in positions, that each term of that mean covers: 2 if neighbors are
    compared."""

    target_size_may_differ: bool = True
    """Whether the target's features may differ from the image's in height and width, as they do if
    the style image has another size."""

    ignores_order: bool = False
    """Whether shuffling the positions of the image's or the target's features leaves the value
    unchanged, as for a Gram matrix."""

    def __init__(
        self,
        layers: Layers = None,
        layer_weights: LayerWeights = None,
        name: str | None = None,
        *,
        target: Target = None,
    ) -> None:
        if layers is None:
            layers = type(self).layers
        if isinstance(layers, str):
            raise ValueError(
                "Invalid value for argument `layers`. Expected a sequence of layer names. "
                f"Received: layers={layers!r}. Write layers=[{layers!r}]."
            )
        # The configuration of a loss on the image itself lists no layers.
        self.layers = tuple(layers) or (IMAGE,)
        if len(set(self.layers)) != len(self.layers):
            raise ValueError(
                "Invalid value for argument `layers`. Expected each layer once. "
                f"Received: layers={list(self.layers)}."
            )
        self.layer_weights = self._check_layer_weights(layer_weights)
        self.target = self._check_target(target)
        self.name = name or snake_case(type(self).__name__)

    def represent(self, features: Any) -> Any:
        """Computes the statistic of one layer's features; by default the features themselves.

        Args:
            features: Tensor `(1, height, width, channels)`.

        Returns:
            A tensor, or any nested structure of tensors, that `compare` accepts.
        """
        return features

    def represent_layers(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """Computes the statistics of all layers; a loss that relates layers overrides it.

        Args:
            features: Features `(1, height, width, channels)` by layer; the image itself under
                `"image"`.

        Returns:
            The statistics by layer. Each is compared with the target's statistic of that layer.
        """
        return {layer: self.represent(features[layer]) for layer in self.layers}

    @abstractmethod
    def compare(self, actual: Any, target: Any) -> Any:
        """Computes the distance between two statistics of one layer; a subclass implements it.

        Args:
            actual: The statistic of the image being made.
            target: The statistic of the content or style; `None` if the loss has no target.

        Returns:
            A scalar tensor.
        """

    def __call__(self, features: Mapping[str, Any], targets: Mapping[str, Any]) -> Any:
        """Computes the loss: the weighted sum over its layers.

        Args:
            features: The image's features by layer, and the image itself under `"image"`.
            targets: The target's statistics by layer, which `represent_layers` computes from the
                target's features; empty for a loss without a target.

        Returns:
            A scalar tensor.

        Raises:
            ValueError: If a target is missing, or consists of features instead of statistics.
        """
        statistics = self.represent_layers(features)
        self._check_targets(statistics, targets)
        return self.compare_layers(statistics, targets)

    def compare_layers(self, statistics: Mapping[str, Any], targets: Mapping[str, Any]) -> Any:
        """Compares statistics with targets, both by layer; returns the weighted sum, a scalar."""
        total = 0.0
        for layer, actual in statistics.items():
            compared = check_scalar(self.compare(actual, targets.get(layer)), type(self).compare)
            total = total + self.layer_weights[layer] * compared
        return total

    def prepare(
        self, targets: Mapping[str, Any], content: Mapping[str, Any], image: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Returns the targets of one epoch, which may depend on the content and the current image.

        By default they are the statistics of the content or the style. A loss that searches the
        style for matches to the image overrides this. It is called when an epoch begins and not at
        every step, because a solver needs one fixed function to minimize.

        Args:
            targets: The statistics of the content or the style, by layer.
            content: The content's statistics, by layer.
            image: The statistics of the image at the start of the epoch, by layer.

        Returns:
            The targets by layer, which `compare` receives.
        """
        return targets

    def join(self, statistics: Sequence[Any]) -> Any:
        """Combines the statistics of images that count as one, such as a style's rotations.

        By default it returns the mean, which is exact for statistics that are means over positions.
        A loss whose statistic is a set of features combines the sets.

        Args:
            statistics: The results of `represent` for one layer of each image.

        Returns:
            A statistic in the same form.
        """
        return keras.tree.map_structure(
            lambda *parts: sum(parts[1:], parts[0]) / len(parts), *statistics
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments; a subclass adds its own, as in Keras."""
        layers: list[str] = list(self.layers)
        weights: list[float] | None = list(self.layer_weights.values())
        if self.layer_weights == {IMAGE: 1.0}:
            # The original form, so that existing checkpoints still identify the loss.
            layers, weights = [], None
        return {"layers": layers, "layer_weights": weights, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """Makes a loss from a configuration returned by `get_config`."""
        return cls(**config)

    def _check_target(self, target: Target) -> Target:
        declared = type(self).target
        if target is not None and declared not in (None, target):
            raise ValueError(
                f"Invalid value for argument `target`. Expected {declared!r}, which "
                f"{type(self).__name__} declares. Received: target={target!r}. Omit it, or "
                "declare another target in a subclass."
            )
        target = target or declared
        if target not in ("content", "style", None):
            raise ValueError(
                "Invalid value for argument `target`. Expected 'content', 'style' or None. "
                f"Received: target={target!r}."
            )
        return target

    def _check_targets(self, statistics: Mapping[str, Any], targets: Mapping[str, Any]) -> None:
        for layer, actual in statistics.items():
            expected = (
                f"Expected targets of {type(self).__name__} to be statistics by layer, as returned "
                "by loss.represent_layers(features of the target)."
            )
            if layer not in targets:
                if self.target is not None:
                    raise ValueError(f"{expected} The target for {layer!r} is missing.")
            elif _axes(actual) != _axes(targets[layer]):
                raise ValueError(
                    f"{expected} Received: {_kind(targets[layer])} for {layer!r}, whose statistic "
                    f"is {_kind(actual)}. Pass features through represent_layers first."
                )

    def _check_layer_weights(self, layer_weights: LayerWeights) -> dict[str, float]:
        if layer_weights is None:
            return dict.fromkeys(self.layers, 1.0 / len(self.layers))
        if isinstance(layer_weights, Mapping):
            named = dict(layer_weights)
        else:
            named = dict(zip(self.layers, layer_weights, strict=False))
        if set(named) != set(self.layers) or len(layer_weights) != len(self.layers):
            raise ValueError(
                "Invalid value for argument `layer_weights`. Expected one weight for each of the "
                f"layers {list(self.layers)}. Received: layer_weights={layer_weights!r}."
            )
        for weight in named.values():
            check_number("layer_weights", weight, minimum=0.0)
        if math.fsum(named.values()) == 0:
            raise ValueError(
                "Invalid value for argument `layer_weights`. Expected a weight above 0. "
                f"Received: layer_weights={layer_weights!r}."
            )
        return {layer: float(named[layer]) for layer in self.layers}


def _axes(statistic: Any) -> int | None:
    """The number of a tensor's axes; `None` for several tensors."""
    return None if keras.tree.is_nested(statistic) else len(np.shape(statistic))


def _kind(statistic: Any) -> str:
    if keras.tree.is_nested(statistic):
        return f"a {type(statistic).__name__} of tensors"
    return f"a tensor of shape {tuple(np.shape(statistic))}"
