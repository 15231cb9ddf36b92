"""The abstract loss: features shared by its subclasses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras import ops

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


class MeanLoss(Loss):
    def represent(self, features: Any) -> Any:
        return ops.mean(features)

    def compare(self, actual: Any, target: Any) -> Any:
        return actual if target is None else actual - target


FEATURES = {"a": np.full((1, 2, 2, 1), 3.0), "b": np.full((1, 1, 1, 1), 10.0)}


def test_layers_count_equally_by_default() -> None:
    assert float(MeanLoss(["a", "b"])(FEATURES, {})) == pytest.approx((3 + 10) / 2)


@pytest.mark.parametrize("weights", [[2.0, 0.5], {"b": 0.5, "a": 2.0}])
def test_layer_weights_by_order_or_by_name(weights: Any) -> None:
    loss = MeanLoss(["a", "b"], layer_weights=weights)
    assert float(loss(FEATURES, {"a": 1.0, "b": 4.0})) == pytest.approx(
        2 * (3 - 1) + 0.5 * (10 - 4)
    )


def test_a_loss_without_layers_sees_the_image() -> None:
    assert float(MeanLoss()({"image": np.full((1, 2, 2, 3), 7.0)}, {})) == pytest.approx(7)


class DeclaredLoss(MeanLoss):
    target = "style"
    layers = ("a", "b")


class ConstructedLoss(MeanLoss):
    """Passes to the constructor what `DeclaredLoss` declares, as older code does."""

    def __init__(self, layers=("a", "b"), layer_weights=None, name=None):
        super().__init__(layers, layer_weights, target="style", name=name)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"layers": ["b"]}, {"layer_weights": [0.5, 2.0]}, {"layer_weights": {"b": 1.0, "a": 2.0}}],
)
def test_a_declaration_is_equivalent_to_a_constructor(arguments: dict[str, Any]) -> None:
    declared = DeclaredLoss(**arguments, name="name")
    constructed = ConstructedLoss(**arguments, name="name")
    assert declared.get_config() == constructed.get_config()
    assert declared.target == constructed.target == "style"
    assert vars(DeclaredLoss.from_config(declared.get_config())) == vars(declared)


def test_the_image_is_a_layer_like_any_other() -> None:
    for loss in (MeanLoss(), MeanLoss(["image"]), DeclaredLoss(["image"])):
        assert loss.layers == ("image",)
        # The form in which existing checkpoints identify it.
        assert loss.get_config()["layers"] == []
        assert loss.get_config()["layer_weights"] is None
        assert type(loss).from_config(loss.get_config()).layers == ("image",)
    weighted = DeclaredLoss(["image"], [2.0])
    assert DeclaredLoss.from_config(weighted.get_config()).layer_weights == {"image": 2.0}


def test_an_argument_cannot_contradict_the_declared_target() -> None:
    assert DeclaredLoss(target="style").target == "style"
    with pytest.raises(ValueError, match="Expected 'style', which DeclaredLoss declares"):
        DeclaredLoss(target="content")


def test_a_wrong_declaration_raises_an_error() -> None:
    class OneName(MeanLoss):
        layers: Any = "first"

    with pytest.raises(ValueError, match=r"Write layers=\['first'\]"):
        OneName()


def test_plain_features_are_refused_as_targets() -> None:
    features = {"a": np.ones((1, 4, 5, 2), np.float32)}
    for loss, statistic in (
        (StyleLoss(["a"]), r"shape \(1, 4, 5, 2\) for 'a', whose statistic.*shape \(2, 2\)"),
        (ChannelMomentsLoss(["a"]), "whose statistic is a dict of tensors"),
    ):
        with pytest.raises(ValueError, match=f"{statistic}.*represent_layers"):
            loss(features, features)
        assert float(loss(features, loss.represent_layers(features))) == 0
    with pytest.raises(
        ValueError, match="Expected targets of StyleLoss.*target for 'a' is missing"
    ):
        StyleLoss(["a"])(features, {})
    assert float(ContentLoss(["a"])(features, features)) == 0


def test_names_are_in_snake_case_unless_given() -> None:
    assert TotalVariationLoss().name == "total_variation_loss"
    assert PolynomialMMDLoss().name == "polynomial_mmd_loss"
    assert MeanLoss(name="brightness").name == "brightness"


@pytest.mark.parametrize(
    "loss",
    [
        ContentLoss(["a", "b"], layer_weights=[1.0, 3.0], name="c"),
        StyleLoss(["a"], layer_weights={"a": 0.5}),
        TotalVariationLoss(exponent=1.25, name="smooth"),
        ChainedGramLoss(["a", "b"], layer_weights=[2.0, 1.0]),
        ChannelMomentsLoss(["a"], name="moments"),
        GaussianWassersteinLoss(["a"]),
        HistogramLoss(["a"]),
        LaplacianLoss(pooling=16, name="edges"),
        MarkovRandomFieldLoss(["a"], patch_size=5, samples=99, seed=3),
        PolynomialMMDLoss(["a"], offset=7.0),
        RelaxedEarthMoverLoss(["a"], samples=99, seed=3),
        SelfSimilarityLoss(["a"], samples=99, seed=3),
        ShiftedGramLoss(["a"], shift=-7.0),
        SlicedWassersteinLoss(["a"], directions=9, seed=3),
    ],
    ids=lambda loss: type(loss).__name__,
)
def test_configuration_round_trip(loss: Loss) -> None:
    again = type(loss).from_config(loss.get_config())
    assert again.get_config() == loss.get_config()
    assert again.layer_weights == loss.layer_weights
    assert again.target == loss.target
    assert vars(again) == vars(loss)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layers": "block1_conv1"}, r"Write layers=\['block1_conv1'\]"),
        ({"layers": ["a", "a"]}, "each layer once"),
        ({"layers": ["a"], "layer_weights": [1.0, 2.0]}, "one weight for each"),
        ({"layers": ["a"], "layer_weights": {"b": 1.0}}, "one weight for each"),
        ({"layers": ["a"], "layer_weights": [-1.0]}, "at least 0"),
        ({"layers": ["a"], "layer_weights": [float("nan")]}, "finite"),
        ({"layers": ["a"], "layer_weights": [0.0]}, "above 0"),
        ({"target": "contents"}, "'content', 'style' or None"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MeanLoss(**arguments)
