"""Default scales, steps and losses, which are the same in Python and on the command line."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import compile_tiny

from nst_framework import Stage, Trainer, VGG16FeatureExtractor
from nst_framework.fingerprints import describe
from nst_framework.jobs.trainer import make_trainer
from nst_framework.run import schedule
from nst_framework.run.schedule import automatic_schedule, steps_of_stages
from nst_framework.settings.layers import effective_settings


@pytest.mark.parametrize(
    ("size", "epochs", "scales"),
    [
        (511, None, [1]),
        (512, None, [0.5, 1]),
        (1024, None, [0.25, 0.5, 1]),
        (1024, 2, [0.5, 1]),
        (1024, 1, [1]),
        (1024, 9, [0.25, 0.5, 1]),
    ],
)
def test_scales_are_halves_that_leave_256_pixels(
    size: int, epochs: int | None, scales: list[float]
) -> None:
    assert [stage.scale for stage in automatic_schedule(size, epochs)] == scales


def test_most_steps_are_made_where_they_are_cheap() -> None:
    stages = automatic_schedule(1024)
    assert steps_of_stages(stages, "auto") == [100, 60, 60]
    assert steps_of_stages(stages, 7) == [7, 7, 7]
    assert steps_of_stages([Stage(0.5, steps=3), Stage(1)], "auto") == [3, 60]
    with pytest.raises(ValueError, match="steps_per_epoch"):
        steps_of_stages(stages, 0)


def test_the_default_costs_a_fifth_of_500_steps_at_full_size() -> None:
    stages = automatic_schedule(512)
    steps = steps_of_stages(stages, "auto")
    evaluations = sum(n * stage.scale**2 for n, stage in zip(steps, stages, strict=True))
    assert evaluations <= 85


def test_compile_without_arguments_is_the_command_without_options() -> None:
    by_command = make_trainer(effective_settings({"content": "a.png", "style": ["b.png"]}))
    trainer = Trainer(VGG16FeatureExtractor())
    trainer.compile()
    assert describe(trainer.losses) == describe(by_command.losses)
    assert trainer.loss_weights == by_command.loss_weights
    assert trainer.precision == by_command.precision
    assert describe(trainer.optimizer) == describe(by_command.optimizer)
    assert trainer.method.has_auto_scales
    assert by_command.method.has_auto_scales
    assert trainer.fit_defaults == by_command.fit_defaults


def test_fit_chooses_the_scales_by_the_size(
    trainer: Trainer, fit_arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "COARSEST_SIZE", 8)
    compile_tiny(trainer)
    arguments = {**fit_arguments, "epochs": "auto", "steps_per_epoch": 1}
    assert trainer.fit(**arguments).history["size"] == [13, 26]
    assert trainer.fit(**{**arguments, "size": 40}).history["size"] == [10, 20, 40]
    assert trainer.state.step == 3
    trainer.fit(**{**arguments, "epochs": 1})
    assert trainer.image.shape[:2] == (20, 26)
    assert len(trainer.run.stages) == 1


@pytest.mark.parametrize("name", ["epochs", "steps_per_epoch"])
@pytest.mark.parametrize("value", ["many", None, 0])
def test_invalid_lengths_are_refused(
    trainer: Trainer, fit_arguments: dict[str, Any], name: str, value: Any
) -> None:
    with pytest.raises(ValueError, match=name):
        trainer.fit(**{**fit_arguments, name: value})


@pytest.mark.parametrize("scales", [None, "half", (0.5, 0.25, 1)])
def test_invalid_scales_are_refused(trainer: Trainer, scales: Any) -> None:
    with pytest.raises(ValueError, match="scales"):
        compile_tiny(trainer, scales=scales)
