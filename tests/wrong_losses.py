"""Losses with one fault each, and the two correct losses from which they are derived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from nst_framework import Loss, TotalVariationLoss

LAYERS = ("first", "second")


class Squared(Loss):
    """A correct loss that compares position by position. The losses below break it."""

    target = "content"
    layers = LAYERS
    target_size_may_differ = False

    def compare(self, actual: Any, target: Any) -> Any:
        return ops.mean((actual - target) ** 2)


class Means(Squared):
    """A correct loss of a statistic."""

    target_size_may_differ = True

    def represent(self, features: Any) -> Any:
        return ops.mean(features, axis=(0, 1, 2))


class Channels(Squared):
    def compare(self, actual, target):
        return ops.mean((actual - target) ** 2, axis=(0, 1, 2))


class PlainNumber(Squared):
    def compare(self, actual, target):
        return 0.0


class ShortNumbers(Squared):
    def compare(self, actual, target):
        return ops.mean((ops.cast(actual, "float32") - ops.cast(target, "float32")) ** 2)


class Random(Squared):
    def compare(self, actual, target):
        noise = keras.random.normal(actual.shape, dtype=actual.dtype)
        return ops.mean((actual - target + noise) ** 2)


class Counting(Squared):
    calls = 0

    def compare(self, actual, target):
        self.calls += 1
        return self.calls * ops.mean((actual - target) ** 2)


class OtherEveryTime(Squared):
    def represent(self, features):
        return features * float(np.random.default_rng().uniform())


class Constant(Squared):
    def compare(self, actual, target):
        return 0 * ops.mean(actual)


class Rounded(Squared):
    def compare(self, actual, target):
        return ops.mean((ops.round(actual) - target) ** 2)


class Argmax(Squared):
    def compare(self, actual, target):
        largest = ops.one_hot(ops.argmax(actual, axis=-1), actual.shape[-1], dtype=actual.dtype)
        return ops.mean((largest - target) ** 2)


class OneLayer(Squared):
    def represent_layers(self, features: Mapping[str, Any]) -> dict[str, Any]:
        return dict.fromkeys(self.layers, features["first"])


class StopGradient(Squared):
    def compare(self, actual, target):
        return ops.mean((actual * ops.stop_gradient(actual) - target**2) ** 2)


class StraightThrough(Squared):
    def represent(self, features):
        return features + ops.stop_gradient(ops.round(features) - features)


class HalfRounded(Squared):
    def compare(self, actual, target):
        steps = ops.round(2 * actual) - ops.round(2 * target)
        return ops.mean((actual - target) ** 2) + ops.mean(steps**2)


class Signed(Squared):
    def compare(self, actual, target):
        return ops.mean(actual) - ops.mean(target)


class NotZero(Squared):
    def compare(self, actual, target):
        return ops.mean((actual - 0.9 * target) ** 2)


class NotWithoutOrder(Squared):
    ignores_order = True


class NotOfAnotherSize(Squared):
    target_size_may_differ = True


class Sum(Squared):
    def compare(self, actual, target):
        return ops.sum((actual - target) ** 2)


class SumOfStatistic(Means):
    def represent(self, features):
        return ops.sum(features, axis=(0, 1, 2))


class SumAsMean(SumOfStatistic):
    mean_over_positions = "represent"


class MaximumAsMean(Means):
    mean_over_positions = "represent"

    def represent(self, features):
        return ops.max(features, axis=(0, 1, 2))


class SpreadAsMean(Means):
    mean_over_positions = "represent"

    def represent(self, features):
        return ops.sqrt(ops.var(features, axis=(0, 1, 2)) + 1e-3)


class FeaturesAsMean(Squared):
    mean_over_positions = "represent"


class RootAsMean(Squared):
    mean_over_positions = "compare"

    def compare(self, actual, target):
        return ops.sqrt(ops.mean((actual - target) ** 2) + 1e-6) - 1e-3


class WindowTooSmall(TotalVariationLoss):
    window = 1


class WindowTooLarge(TotalVariationLoss):
    window = 3


class LayersTogether(Means):
    """In tiles, `represent` is called and not `represent_layers`."""

    mean_over_positions = "represent"

    def represent_layers(self, features: Mapping[str, Any]) -> dict[str, Any]:
        means = {layer: self.represent(features[layer]) for layer in self.layers}
        total = sum(ops.mean(mean) for mean in means.values())
        return {layer: mean * total for layer, mean in means.items()}


class RootAtZero(Squared):
    def compare(self, actual, target):
        return ops.sqrt(ops.mean((actual - target) ** 2))


class LogarithmOfZero(Squared):
    def represent(self, features):
        return ops.log(features)


class WithExponent(Means):
    def __init__(self, exponent=2.0, layers=None, layer_weights=None, name=None):
        super().__init__(layers, layer_weights, name)
        self.exponent = exponent

    def compare(self, actual, target):
        return ops.mean((actual - target) ** self.exponent)


class OtherExponent(WithExponent):
    def get_config(self):
        return {**super().get_config(), "exponent": 2.0}


class ArrayInConfig(WithExponent):
    def get_config(self):
        return {**super().get_config(), "exponent": np.float32(self.exponent)}


class TooMuchInConfig(Means):
    def get_config(self):
        return {**super().get_config(), "exponent": 2.0}


class OtherTarget(Squared):
    """Has a target that neither its configuration nor its class declares."""

    target = None

    def __init__(self, layers=None, layer_weights=None, name=None, target=None):
        super().__init__(layers, layer_weights, name, target=target)

    def get_config(self):
        return {**super().get_config(), "target": None}


class BadWindow(Squared):
    window = 0


class BadMean(Squared):
    mean_over_positions = "mean"  # type: ignore[assignment]
