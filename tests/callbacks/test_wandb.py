"""A stand-in for W&B's `WandbMetricsLogger`, which reads the optimizer's learning rate."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import keras
import pytest
from conftest import compile_tiny

from nst_framework import Optimizer, ProjectedLBFGS, ScipyLBFGSB, Trainer

FitArguments = dict[str, Any]


class WandbMetricsLogger(keras.callbacks.Callback):
    """Reads the learning rate as wandb 0.31 does: at the end of each epoch, as a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.logged: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        rate = self.model.optimizer.learning_rate
        assert rate.shape == ()
        self.logged.append({**(logs or {}), "learning_rate": float(rate.numpy().item())})


@pytest.fixture
def logger(monkeypatch: pytest.MonkeyPatch) -> WandbMetricsLogger:
    module = SimpleNamespace(WandbMetricsLogger=WandbMetricsLogger)
    monkeypatch.setitem(sys.modules, "wandb.integration.keras", module)
    return WandbMetricsLogger()


def test_it_logs_the_learning_rate_of_a_keras_optimizer(
    trainer: Trainer, fit_arguments: FitArguments, logger: WandbMetricsLogger
) -> None:
    compile_tiny(trainer, optimizer=keras.optimizers.Adam(7.0))
    history = trainer.fit(**fit_arguments, callbacks=[logger]).history
    assert [logs["loss"] for logs in logger.logged] == history["loss"]
    assert [logs["learning_rate"] for logs in logger.logged] == [7.0, 7.0]


@pytest.mark.parametrize("optimizer", [ProjectedLBFGS(), ScipyLBFGSB()])
def test_it_is_refused_without_a_learning_rate(
    optimizer: Optimizer, trainer: Trainer, fit_arguments: FitArguments, logger: WandbMetricsLogger
) -> None:
    compile_tiny(trainer, optimizer=optimizer)
    names = f"WandbMetricsLogger, which logs it.*{type(optimizer).__name__}.*wandb.log"
    with pytest.raises(ValueError, match=names):
        trainer.fit(**fit_arguments, callbacks=[logger])
    assert not trainer.built
