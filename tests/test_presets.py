"""Trainers from presets."""

from __future__ import annotations

import inspect
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
from nst_framework.presets import preset_names


def fit_default(trainer: Trainer, name: str) -> Any:
    return inspect.signature(trainer.fit).parameters[name].default


def test_what_is_compiled_is_the_preset_s() -> None:
    trainer = Trainer.from_preset("strokes")
    assert trainer.loss_weights == {
        "content_loss": 0.0,
        "self_similarity_loss": SelfSimilarityLoss.default_weight,
        "relaxed_earth_mover_loss": RelaxedEarthMoverLoss.default_weight,
        "channel_moments_loss": ChannelMomentsLoss.default_weight,
        "total_variation_loss": 30.0,
    }
    assert trainer.precision == "float32"
    assert isinstance(Trainer.from_preset("gatys-2016").optimizer, ScipyLBFGSB)


def test_fit_has_the_preset_s_defaults_which_arguments_override(
    content: np.ndarray, style: np.ndarray
) -> None:
    texture, draft = Trainer.from_preset("texture"), Trainer.from_preset("draft")
    assert fit_default(texture, "initial_image") == "noise"
    assert fit_default(draft, "steps_per_epoch") == 60
    assert fit_default(draft, "color") == "style"
    assert fit_default(Trainer(draft.extractor), "steps_per_epoch") == 100, "others are as before"
    draft.fit(content, style, size=32, steps_per_epoch=2, verbose=0)
    assert (draft.state.epoch, draft.state.step) == (1, 2)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_compiles_for_a_subclass_too(name: str) -> None:
    class Mine(Trainer):
        pass

    trainer = Mine.from_preset(name)
    assert type(trainer) is Mine
    assert len(trainer.losses) >= 3


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="'stroke'.*Did you mean strokes"):
        Trainer.from_preset("stroke")
