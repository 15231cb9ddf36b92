"""Numerical failures: each row of the table in docs/endings.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses
from keras import ops

from nst_framework import (
    ChainedGramLoss,
    ChannelMomentsLoss,
    ContentLoss,
    GaussianWassersteinLoss,
    HistogramLoss,
    Loss,
    MarkovRandomFieldLoss,
    Optimizer,
    PolynomialMMDLoss,
    ProjectedLBFGS,
    RelaxedEarthMoverLoss,
    ScipyLBFGSB,
    SelfSimilarityLoss,
    ShiftedGramLoss,
    SlicedWassersteinLoss,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
)

FitArguments = dict[str, Any]
LAYERS = ["first", "second"]


class BreaksWhenBright(TinyExtractor):
    """Its features become NaN or infinite at one position once the image is brighter by 2."""

    def __init__(self, value: float = float("nan")) -> None:
        super().__init__()
        self.value = value
        self.limit = float("inf")

    def call(self, image: Any, layers: Sequence[str]) -> dict[str, Any]:
        bright = ops.mean(image) > self.limit
        found = {}
        for layer, features in super().call(image, layers).items():
            first = np.zeros(features.shape, np.float32)
            first[0, 0, 0, 0] = 1
            broken = ops.where(first > 0, ops.cast(self.value, features.dtype), features)
            found[layer] = ops.where(bright, broken, features)
        return found


LOSSES = [
    ContentLoss(["second"]),
    StyleLoss(LAYERS),
    ChannelMomentsLoss(LAYERS),
    GaussianWassersteinLoss(LAYERS),
    SlicedWassersteinLoss(LAYERS),
    HistogramLoss(LAYERS),
    PolynomialMMDLoss(LAYERS),
    MarkovRandomFieldLoss(["second"]),
    RelaxedEarthMoverLoss(LAYERS),
    SelfSimilarityLoss(["second"]),
    ShiftedGramLoss(LAYERS),
    ChainedGramLoss(LAYERS),
]


@pytest.mark.parametrize("value", [float("nan"), float("inf")], ids=str)
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_no_loss_hides_a_feature_that_is_not_finite(
    loss: Loss, value: float, fit_arguments: FitArguments
) -> None:
    extractor = BreaksWhenBright(value)
    extractor.limit = 0.1
    trainer = Trainer(extractor)
    trainer.compile(loss, optimizer=keras.optimizers.SGD(0.0))
    arguments = {**fit_arguments, "epochs": 1, "steps_per_epoch": 1}
    dark = np.full((20, 26, 3), 90, np.uint8)
    trainer.fit(**{**arguments, "content": dark, "style": dark + 30}, initial_image=dark)
    assert not trainer.run.diverged
    with pytest.warns(RuntimeWarning, match="not finite|= nan|= inf"):
        trainer.fit(**{**arguments, "content": dark, "style": dark + 30}, initial_image=dark + 80)
    assert trainer.run.diverged
    np.testing.assert_array_equal(trainer.image, dark + 80)


def test_overflow_in_16_bits_ends_the_run_and_names_float32(fit_arguments: FitArguments) -> None:
    trainer = Trainer(TinyExtractor())
    trainer.compile(tiny_losses(), {"style_loss": 1e30}, precision="mixed_float16")
    with pytest.warns(RuntimeWarning, match="or float32"):
        trainer.fit(**fit_arguments)
    assert trainer.run.diverged
    np.testing.assert_array_equal(trainer.image, fit_arguments["content"])


@pytest.mark.parametrize("optimizer", [ProjectedLBFGS, ScipyLBFGSB])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_constant_image_is_accepted(
    optimizer: type[Optimizer], level: int, fit_arguments: FitArguments
) -> None:
    constant = np.full_like(fit_arguments["content"], level)
    for name in ("content", "style"):
        trainer = Trainer(TinyExtractor())
        trainer.compile(tiny_losses(), TINY_WEIGHTS, optimizer(), precision="float32")
        losses = trainer.fit(**{**fit_arguments, name: constant}).history["loss"]
        assert not trainer.run.diverged
        assert np.isfinite(losses).all()
        assert losses[-1] <= losses[0]


@pytest.mark.parametrize("optimizer", [ProjectedLBFGS, ScipyLBFGSB])
def test_content_that_equals_the_style_stays_unchanged(
    optimizer: type[Optimizer], fit_arguments: FitArguments
) -> None:
    content = fit_arguments["content"]
    trainer = Trainer(TinyExtractor())
    trainer.compile(tiny_losses()[:2], optimizer=optimizer(), precision="float32")
    trainer.fit(**{**fit_arguments, "style": content})
    np.testing.assert_allclose(trainer.image.astype(int), content, atol=1)


def test_a_weight_that_makes_every_loss_infinite_ends_the_run_at_its_start(
    fit_arguments: FitArguments,
) -> None:
    trainer = Trainer(TinyExtractor())
    trainer.compile(TotalVariationLoss(), [1e38])
    with pytest.warns(RuntimeWarning, match="smaller weights"):
        trainer.fit(**fit_arguments)
    assert trainer.run.diverged
    np.testing.assert_array_equal(trainer.image, fit_arguments["content"])
    np.testing.assert_array_equal(trainer.best_image, fit_arguments["content"])


def test_a_weight_beyond_float32_is_refused(trainer: Trainer) -> None:
    with pytest.raises(ValueError, match=r"3\.4e\+38.*1e\+39"):
        trainer.compile(tiny_losses(), {"style_loss": 1e39}, precision="float32")


@pytest.mark.parametrize("weight", [1e-38, 1e-25, 1e25])
def test_weights_whose_gradient_float32_cannot_square_leave_the_image(
    weight: float, trainer: Trainer, fit_arguments: FitArguments
) -> None:
    trainer.compile(tiny_losses(), dict.fromkeys(TINY_WEIGHTS, weight), precision="float32")
    trainer.fit(**fit_arguments)
    assert "weights too large or too small" in trainer.stop_reason
    np.testing.assert_array_equal(trainer.image, fit_arguments["content"])


@pytest.mark.parametrize("rate", [1e30, 3e38])
def test_a_huge_learning_rate_leaves_pixels_in_range_and_the_best_image(
    rate: float, trainer: Trainer, fit_arguments: FitArguments
) -> None:
    losses: list[float] = []
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"])
    )
    trainer.compile(tiny_losses(), TINY_WEIGHTS, keras.optimizers.Adam(rate), precision="float32")
    trainer.fit(**fit_arguments, callbacks=[record])
    assert np.isfinite(trainer.state.image).all()
    assert trainer.state.best_loss <= min(losses)
    # The first steps move every pixel to a bound; the starting image, the content, was better.
    assert trainer.evaluate(trainer.best_image)["loss"] < losses[0]
