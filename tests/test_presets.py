"""Trainers made from presets."""

from __future__ import annotations

import dataclasses
import tomllib
from typing import Any

import numpy as np
import pytest

from nst_framework import (
    ChannelMomentsLoss,
    RelaxedEarthMoverLoss,
    ScipyLBFGSB,
    SelfSimilarityLoss,
    Trainer,
)
from nst_framework.arguments import FitDefaults, resolve_precision
from nst_framework.fingerprints import describe
from nst_framework.jobs.trainer import make_trainer
from nst_framework.presets import preset_names, preset_text
from nst_framework.settings.layers import effective_settings


def test_from_preset_compiles_the_settings_of_the_preset() -> None:
    trainer = Trainer.from_preset("strokes")
    assert trainer.loss_weights == {
        "self_similarity_loss": SelfSimilarityLoss.default_weight,
        "relaxed_earth_mover_loss": RelaxedEarthMoverLoss.default_weight,
        "channel_moments_loss": ChannelMomentsLoss.default_weight,
        "total_variation_loss": 30.0,
    }
    assert trainer.precision == resolve_precision("auto")
    assert isinstance(Trainer.from_preset("gatys-2016").optimizer, ScipyLBFGSB)


@pytest.mark.parametrize("name", preset_names())
def test_a_trainer_equals_that_of_the_command_line(name: str) -> None:
    settings = effective_settings({"preset": name, "content": "a.png", "style": ["b.png"]})
    by_command = make_trainer(settings)
    trainer = Trainer.from_preset(name)
    assert describe(trainer.extractor) == describe(by_command.extractor)
    assert describe(trainer.losses) == describe(by_command.losses)
    assert trainer.loss_weights == by_command.loss_weights
    assert describe(trainer.optimizer) == describe(by_command.optimizer)
    of_fit = dataclasses.asdict(trainer.fit_defaults)
    of_fit["style_rotations"] = list(of_fit["style_rotations"])
    assert of_fit == {key: settings[key] for key in of_fit}
    given = tomllib.loads(preset_text(name))
    if "scales" in given:
        assert [stage.scale for stage in trainer.method.schedule] == given["scales"]


def test_fit_uses_its_defaults(trainer: Trainer, content: np.ndarray, style: np.ndarray) -> None:
    trainer.fit_defaults = FitDefaults(13, 3, 2, "noise", "luminance")
    trainer.fit(content, style, verbose=0)
    assert trainer.image.shape == (10, 13, 3)
    assert (trainer.state.epoch, trainer.state.step) == (3, 6)
    as_given = trainer.image
    options: dict[str, Any] = {"initial_image": "noise", "color": "luminance"}
    trainer.fit(content, style, size=13, epochs=3, steps_per_epoch=2, verbose=0, **options)
    np.testing.assert_array_equal(trainer.image, as_given)


def test_arguments_of_fit_override_its_defaults(
    trainer: Trainer, content: np.ndarray, style: np.ndarray
) -> None:
    trainer.fit_defaults = FitDefaults(13, 3, 2, "noise", "luminance")
    options: dict[str, Any] = {"initial_image": content, "color": "style"}
    trainer.fit(content, style, size=None, epochs=1, steps_per_epoch=1, verbose=0, **options)
    overridden = trainer.image
    assert trainer.state.step == 1
    trainer.fit_defaults = FitDefaults()
    trainer.fit(content, style, size=None, epochs=1, steps_per_epoch=1, verbose=0)
    np.testing.assert_array_equal(trainer.image, overridden)


def test_defaults_without_a_preset() -> None:
    assert Trainer.from_preset("strong").fit_defaults == FitDefaults()
    assert FitDefaults() == FitDefaults(512, "auto", "auto", "content", "style")


@pytest.mark.parametrize("name", preset_names())
def test_a_subclass_has_presets_too(name: str) -> None:
    class Mine(Trainer):
        pass

    assert type(Mine.from_preset(name)) is Mine


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="'stroke'.*Did you mean strokes"):
        Trainer.from_preset("stroke")
