"""The output of `trainer.summary`, and the attributes that experiment trackers read."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses

from nst_framework import (
    ContentLoss,
    FeatureExtractor,
    ProjectedLBFGS,
    ScipyLBFGSB,
    Trainer,
    VGG16FeatureExtractor,
)
from nst_framework.objective.tiled.size import run_memory

FitArguments = dict[str, Any]


def summary(trainer: Trainer) -> str:
    texts: list[str] = []
    trainer.summary(print_fn=texts.append)
    (text,) = texts
    return text


def test_the_summary_before_a_run_and_after_it(
    trainer: Trainer, fit_arguments: FitArguments, capsys: pytest.CaptureFixture[str]
) -> None:
    before = """\
Network: TinyExtractor, float32

Layer   Features                    Losses
------  --------------------------  ------------------------
second  (height / 2, width / 2, 8)  content_loss, style_loss
first   (height, width, 6)          style_loss
image   (height, width, 3)          total_variation_loss

Loss                  Class               Weight
--------------------  ------------------  ------
content_loss          ContentLoss         1
style_loss            StyleLoss           20
total_variation_loss  TotalVariationLoss  1e-05

Optimizer: ProjectedLBFGS(memory=10, bounds=(0.0, 255.0), exponent=0.4, highest_frequency=0.3)
Memory: about 1.3 GB for 512 x 512 pixels
"""
    trainer.summary()
    assert capsys.readouterr().out == before
    trainer.fit(**fit_arguments)
    text = summary(trainer)
    for shape in ("(10, 13, 8)", "(20, 26, 6)", "(20, 26, 3)"):
        assert shape in text
    assert text.endswith("GB for 26 x 20 pixels")
    trainer.compile(tiny_losses()[0], precision="float32")
    assert "(height / 2, width / 2, 8)" in summary(trainer)


def test_shapes_are_those_of_the_features(fit_arguments: FitArguments) -> None:
    class Unknown(TinyExtractor):
        receptive_field = FeatureExtractor.receptive_field

    trainer = Trainer(Unknown())
    assert summary(trainer) == "Network: Unknown, float32\nNo losses yet: call compile."
    trainer.compile(tiny_losses(), TINY_WEIGHTS, precision="float32")
    assert "(?, ?, 8)" in summary(trainer)
    vgg = Trainer(VGG16FeatureExtractor())
    vgg.compile(ContentLoss(["block4_conv2"]))
    assert "(height / 8, width / 8, 512)" in summary(vgg)


def test_gradient_shares_are_shown_with_the_weights_that_fit_found(
    fit_arguments: FitArguments,
) -> None:
    trainer = Trainer(TinyExtractor())
    trainer.compile(tiny_losses(), gradient_shares=[0.3, 0.6, 0.1], precision="float32")
    assert "60.00% of the gradient; fit finds the weight" in summary(trainer)
    trainer.fit(**fit_arguments)
    weight = trainer.loss_weights["style_loss"]
    assert f"{weight:.4g}, for 60.00% of the gradient" in summary(trainer)


def test_the_memory_is_that_of_the_tiles(trainer: Trainer) -> None:
    recipe = trainer._recipe
    whole, tiled = (run_memory([(2000, 2000)], size, recipe, 0.0) for size in (None, 256))
    assert tiled < whole / 2


@pytest.mark.parametrize("optimizer", [ProjectedLBFGS(), ScipyLBFGSB(), keras.optimizers.Adam(8.0)])
def test_trackers_can_read_the_optimizer(optimizer: Any, fit_arguments: FitArguments) -> None:
    trainer = Trainer(TinyExtractor())
    trainer.compile(tiny_losses(), TINY_WEIGHTS, optimizer, precision="float32")
    assert not trainer.optimizer.built
    counted: list[int] = []
    count = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: counted.append(int(trainer.optimizer.iterations.numpy()))
    )
    trainer.fit(**fit_arguments, callbacks=[count])
    assert trainer.optimizer.built
    assert counted == [5, 10]
    assert trainer.optimizer.get_config()
    has_rate = isinstance(optimizer, keras.optimizers.Optimizer)
    assert hasattr(trainer.optimizer, "learning_rate") == has_rate
    assert "Optimizer: Adam(learning_rate=8)" in summary(trainer) or not has_rate
