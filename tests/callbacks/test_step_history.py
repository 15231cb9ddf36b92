"""The losses of every step."""

from __future__ import annotations

from typing import Any

from conftest import compile_tiny

from nst_framework import Trainer
from nst_framework.callbacks import StepHistory


def test_every_step_is_kept_and_epochs_end_with_theirs(
    trainer: Trainer, fit_arguments: dict[str, Any]
) -> None:
    compile_tiny(trainer, scales=(0.5, 1))
    steps = StepHistory()
    for _ in range(2):
        history = trainer.fit(**fit_arguments, callbacks=[steps]).history
        assert steps.steps == list(range(1, 11)), "a second run starts over"
        assert set(steps.history) == set(history)
        for name, values in steps.history.items():
            assert len(values) == 10
            assert [values[4], values[9]] == history[name]
