"""Correct losses pass; each faulty one is caught by the intended check."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import wrong_losses as wrong

import nst_framework
from nst_framework import (
    ChainedGramLoss,
    ChannelMomentsLoss,
    ColorPaletteLoss,
    ContentLoss,
    FeatureSplittingLoss,
    GaussianWassersteinLoss,
    HistogramLoss,
    HypercolumnLoss,
    LaplacianLoss,
    Loss,
    MarkovRandomFieldLoss,
    MeanCovarianceLoss,
    NeuralNeighborsLoss,
    PolynomialMMDLoss,
    RelaxedEarthMoverLoss,
    SelfSimilarityLoss,
    ShiftedGramLoss,
    SlicedWassersteinLoss,
    StyleLoss,
    TemporalLoss,
    TotalVariationLoss,
)
from nst_framework.testing import check_loss
from nst_framework.testing.requirements import DTYPE

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom_loss.py"


def example_loss() -> Loss:
    spec = importlib.util.spec_from_file_location("custom_loss", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.MeanAndSpreadLoss()


CORRECT_LOSSES = [
    ChainedGramLoss(),
    ChannelMomentsLoss(["first", "second"]),
    ColorPaletteLoss(samples=5000),
    ContentLoss(),
    ContentLoss(["first", "second"], layer_weights=[0.2, 0.8], name="content"),
    FeatureSplittingLoss(["first", "second"], [0.3, 0.7], samples=5000),
    GaussianWassersteinLoss(["first", "second"]),
    HistogramLoss(),
    HypercolumnLoss(MeanCovarianceLoss(), ["first", "second"], [0.3, 0.7], samples=5000),
    HypercolumnLoss(SelfSimilarityLoss(samples=50), ["first", "second"], samples=40, name="h"),
    LaplacianLoss(),
    LaplacianLoss(pooling=1),
    MarkovRandomFieldLoss(samples=300),
    MeanCovarianceLoss(["first", "second"]),
    NeuralNeighborsLoss(["first", "second"], [0.3, 0.7], content_share=0.6),
    PolynomialMMDLoss(["first", "second"], offset=2.0),
    RelaxedEarthMoverLoss(["first", "second"]),
    SelfSimilarityLoss(samples=100, seed=1),
    ShiftedGramLoss(["first", "second"], shift=-0.5),
    SlicedWassersteinLoss(directions=5),
    StyleLoss(),
    StyleLoss(["first", "second"], layer_weights={"first": 1.0, "second": 0.0}),
    TotalVariationLoss(),
    TotalVariationLoss(exponent=1.0),
    TotalVariationLoss(exponent=2.5, name="smoothness"),
    example_loss(),
]


IN_FLOAT32 = {
    "HalfRounded": "layer 'first' differs from finite differences",
    "RootAsMean": "in two tiles",
}
"""Faults that another check catches on JAX and PyTorch, where Keras computes in float32."""


@pytest.mark.parametrize("loss", CORRECT_LOSSES, ids=lambda loss: f"{loss.name}-{len(loss.layers)}")
def test_correct_losses_pass(loss: Loss) -> None:
    check_loss(loss)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (wrong.BadWindow(), "BadWindow.window is 0"),
        (wrong.BadMean(), "BadMean.mean_over_positions is 'mean'"),
        (wrong.Channels(), r"Channels.compare at layer 'first' .*shape \(8,\)"),
        (wrong.PlainNumber(), "not a tensor"),
        pytest.param(
            wrong.ShortNumbers(),
            "returned float32 for features in float64",
            marks=pytest.mark.skipif(DTYPE == "float32", reason="Keras computes in float32."),
            id="ShortNumbers",
        ),
        (wrong.Random(), "for the same features"),
        (wrong.Counting(), "for the same features"),
        (wrong.OtherEveryTime(), "for the same features"),
        (wrong.Constant(), "layer 'first' is zero everywhere"),
        (wrong.Rounded(), "layer 'first' is zero everywhere"),
        (wrong.Argmax(), "layer 'first' is zero everywhere"),
        (wrong.OneLayer(), "layer 'second' is zero everywhere"),
        (wrong.StopGradient(), "layer 'first' differs from finite differences"),
        (wrong.StraightThrough(), "layer 'first' differs from finite differences"),
        (wrong.HalfRounded(), "changes in jumps with the features of layer 'first'"),
        (wrong.Signed(), "no loss may be negative"),
        (wrong.NotZero(), "where the features equal the target's"),
        (wrong.NotWithoutOrder(), "ignores_order is True: set it to False"),
        (wrong.NotOfAnotherSize(), "target_size_may_differ is True: set it to False"),
        (wrong.Sum(), "every position occurs four times"),
        (wrong.SumOfStatistic(), "every position occurs four times"),
        (wrong.SumAsMean(), "represent is not a mean over positions at layer 'first'"),
        (wrong.MaximumAsMean(), "represent is not a mean over positions at layer 'first'"),
        (wrong.SpreadAsMean(), "represent is not a mean over positions at layer 'first'"),
        (wrong.FeaturesAsMean(), "a different shape for a part"),
        (wrong.RootAsMean(), "compare is not a mean over positions at layer 'first'"),
        (wrong.WindowTooSmall(), "correct window=1"),
        (wrong.WindowTooLarge(), "correct window=3"),
        (wrong.LayersTogether(), "in two tiles"),
        (wrong.RootAtZero(), "not finite in float32 for features that equal the target's"),
        (wrong.LogarithmOfZero(), "in float32 for all-zero features"),
        (wrong.WithExponent(), "get_config.. lacks the constructor's argument 'exponent'"),
        (wrong.OtherExponent(4.0), "OtherExponent.exponent is 4.0, but 2.0"),
        (wrong.ArrayInConfig(), "JSON cannot hold"),
        (wrong.TooMuchInConfig(), "from_config does not accept"),
        (wrong.OtherTarget(target="content"), "OtherTarget.target is 'content', but None"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Loss) else "",
)
def test_wrong_losses_are_caught(loss: Loss, message: str) -> None:
    if DTYPE == "float32":
        message = IN_FLOAT32.get(type(loss).__name__, message)
    with pytest.raises(AssertionError, match=message) as error:
        check_loss(loss)
    assert type(loss).__name__ in str(error.value)


def test_the_base_losses_are_correct() -> None:
    check_loss(wrong.Squared())
    check_loss(wrong.Means())


def test_a_class_is_not_a_loss() -> None:
    with pytest.raises(AssertionError, match=r"check_loss\(MyLoss\(\)\)"):
        check_loss(ContentLoss)  # type: ignore[arg-type]


def test_every_loss_of_the_package_is_checked() -> None:
    public = {getattr(nst_framework, name) for name in nst_framework.__all__}
    losses = {kind for kind in public if isinstance(kind, type) and issubclass(kind, Loss)}
    # A temporal loss needs a previous frame.
    assert losses - {Loss, TemporalLoss} <= {type(loss) for loss in CORRECT_LOSSES}
