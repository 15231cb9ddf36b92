"""Losses that are right pass; each that is wrong is caught by the check that is meant for it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

import nst_framework
from nst_framework import (
    ChainedGramLoss,
    ChannelMomentsLoss,
    ContentLoss,
    GaussianWassersteinLoss,
    HistogramLoss,
    LaplacianLoss,
    Loss,
    MarkovRandomFieldLoss,
    PolynomialMMDLoss,
    RelaxedEarthMoverLoss,
    SelfSimilarityLoss,
    ShiftedGramLoss,
    SlicedWassersteinLoss,
    StyleLoss,
    TotalVariationLoss,
)
from nst_framework.testing import check_loss

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom_loss.py"
LAYERS = ("first", "second")


def example_loss() -> Loss:
    spec = importlib.util.spec_from_file_location("custom_loss", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MeanAndSpreadLoss()


RIGHT_LOSSES = [
    ChainedGramLoss(),
    ChannelMomentsLoss(),
    ContentLoss(),
    ContentLoss(["first", "second"], layer_weights=[0.2, 0.8], name="content"),
    GaussianWassersteinLoss(),
    HistogramLoss(),
    LaplacianLoss(),
    LaplacianLoss(pooling=1),
    MarkovRandomFieldLoss(samples=300),
    PolynomialMMDLoss(offset=2.0),
    RelaxedEarthMoverLoss(),
    SelfSimilarityLoss(samples=100, seed=1),
    ShiftedGramLoss(shift=-0.5),
    SlicedWassersteinLoss(directions=5),
    StyleLoss(),
    StyleLoss(["first", "second"], layer_weights={"first": 1.0, "second": 0.0}),
    TotalVariationLoss(),
    TotalVariationLoss(exponent=1.0),
    TotalVariationLoss(exponent=2.5, name="smoothness"),
    example_loss(),
]


@pytest.mark.parametrize("loss", RIGHT_LOSSES, ids=lambda loss: f"{loss.name}-{len(loss.layers)}")
def test_right_losses_pass(loss: Loss) -> None:
    check_loss(loss)


class Squared(Loss):
    """A right loss that compares position by position; what follows spoils it."""

    target_size_may_differ = False

    def __init__(self, layers=LAYERS, layer_weights=None, name=None):
        super().__init__(layers, layer_weights, target="content", name=name)

    def compare(self, actual: Any, target: Any) -> Any:
        return ops.mean((actual - target) ** 2)


class Means(Squared):
    """A right loss of a statistic."""

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
    def __init__(self, exponent=2.0, layers=LAYERS, layer_weights=None, name=None):
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


class BadWindow(Squared):
    window = 0


class BadMean(Squared):
    mean_over_positions = "mean"  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (BadWindow(), "BadWindow.window is 0"),
        (BadMean(), "BadMean.mean_over_positions is 'mean'"),
        (Channels(), r"Channels.compare at layer 'first' .*shape \(8,\)"),
        (PlainNumber(), "no tensor"),
        (ShortNumbers(), "returned float32 for features in float64"),
        (Random(), "for the same features"),
        (Counting(), "for the same features"),
        (OtherEveryTime(), "for the same features"),
        (Constant(), "layer 'first' is zero everywhere"),
        (Rounded(), "layer 'first' is zero everywhere"),
        (Argmax(), "layer 'first' is zero everywhere"),
        (OneLayer(), "layer 'second' is zero everywhere"),
        (StopGradient(), "layer 'first' differs from finite differences"),
        (StraightThrough(), "layer 'first' differs from finite differences"),
        (HalfRounded(), "changes in jumps with the features of layer 'first'"),
        (Signed(), "no loss is negative"),
        (NotZero(), "where the features are the target's"),
        (NotWithoutOrder(), "ignores_order is True: set it to False"),
        (NotOfAnotherSize(), "target_size_may_differ is True: set it to False"),
        (Sum(), "every position is there four times"),
        (SumOfStatistic(), "every position is there four times"),
        (SumAsMean(), "represent is no mean over positions at layer 'first'"),
        (MaximumAsMean(), "represent is no mean over positions at layer 'first'"),
        (SpreadAsMean(), "represent is no mean over positions at layer 'first'"),
        (FeaturesAsMean(), "another shape for a part"),
        (RootAsMean(), "compare is no mean over positions at layer 'first'"),
        (WindowTooSmall(), "correct window=1"),
        (WindowTooLarge(), "correct window=3"),
        (LayersTogether(), "in two tiles"),
        (RootAtZero(), "not finite in float32 for features that are the target's"),
        (LogarithmOfZero(), "in float32 for all-zero features"),
        (WithExponent(), "get_config.. forgets the constructor's argument 'exponent'"),
        (OtherExponent(4.0), "OtherExponent.exponent is 4.0, but 2.0"),
        (ArrayInConfig(), "JSON cannot hold"),
        (TooMuchInConfig(), "from_config does not take"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Loss) else "",
)
def test_wrong_losses_are_caught(loss: Loss, message: str) -> None:
    with pytest.raises(AssertionError, match=message) as error:
        check_loss(loss)
    assert type(loss).__name__ in str(error.value)


def test_the_losses_that_are_spoilt_here_were_right() -> None:
    check_loss(Squared())
    check_loss(Means())


def test_a_class_is_not_a_loss() -> None:
    with pytest.raises(AssertionError, match=r"check_loss\(MyLoss\(\)\)"):
        check_loss(ContentLoss)  # type: ignore[arg-type]


def test_every_loss_of_the_package_is_checked() -> None:
    public = {getattr(nst_framework, name) for name in nst_framework.__all__}
    losses = {kind for kind in public if isinstance(kind, type) and issubclass(kind, Loss)}
    assert losses - {Loss} <= {type(loss) for loss in RIGHT_LOSSES}
