"""The events that callbacks receive, and the changes that they may make to a run."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, compile_tiny, tiny_losses

from nst_framework import (
    Evaluation,
    Loss,
    Optimizer,
    ProjectedLBFGS,
    ScipyLBFGSB,
    Step,
    Style,
    Trainer,
)
from nst_framework.callbacks import ImageSaver

FitArguments = dict[str, Any]


class Parabola(Loss):
    """Has a minimum that a solver reaches in a few steps."""

    def compare(self, actual: Any, target: Any) -> Any:
        return keras.ops.mean((actual - 128.0) ** 2)


@pytest.mark.parametrize("optimizer", [ProjectedLBFGS(highest_frequency=0.5), ScipyLBFGSB()])
def test_every_batch_that_begins_ends(optimizer: Optimizer, fit_arguments: FitArguments) -> None:
    events: list[str] = []
    record = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: events.append(f"begin {batch}"),
        on_train_batch_end=lambda batch, logs: events.append(f"end {batch}"),
    )
    trainer = Trainer(TinyExtractor())
    trainer.compile(Parabola(), optimizer=optimizer)
    trainer.fit(**{**fit_arguments, "epochs": 1, "steps_per_epoch": 50}, callbacks=[record])
    assert trainer.state.step < 50, "the solver converged"
    numbers = range(len(events) // 2)
    assert events == [f"{event} {batch}" for batch in numbers for event in ("begin", "end")]


def early_stopping(**arguments: Any) -> keras.callbacks.Callback:
    return keras.callbacks.EarlyStopping(
        "loss", mode="min", patience=1, restore_best_weights=True, **arguments
    )


def test_an_image_of_another_scale_never_replaces_this_one(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    class Sum(Loss):
        """Lower at half the size, so EarlyStopping considers that image the best."""

        def compare(self, actual: Any, target: Any) -> Any:
            return keras.ops.sum((actual - 128.0) ** 2)

    trainer.compile(Sum(), optimizer=keras.optimizers.Adam(0.1), scales=(0.5, 1))
    arguments = {**fit_arguments, "epochs": 3, "size": 26}
    with pytest.warns(UserWarning, match="13 x 10 pixels cannot replace one of 26 x 20.*epoch=1"):
        trainer.fit(**arguments, callbacks=[early_stopping()])
    assert trainer.image.shape == fit_arguments["content"].shape
    np.testing.assert_array_equal(trainer.image, trainer.best_image)
    assert trainer.evaluate()["loss"] == pytest.approx(trainer.state.best_loss, rel=0.02)
    trainer.fit(**arguments, callbacks=[early_stopping(start_from_epoch=1)])


def test_weights_of_an_unknown_shape_are_refused(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    trainer.fit(**fit_arguments)
    with pytest.raises(ValueError, match=r"\(1, 20, 26, 3\).*Received: shape \(1, 5, 5, 3\)"):
        trainer.set_weights([np.zeros((1, 5, 5, 3))])


def test_a_file_name_may_contain_the_size(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Any
) -> None:
    saver = ImageSaver(tmp_path / "{epoch}-{size:.0f}.png")
    compile_tiny(trainer, scales=(0.5, 1))
    trainer.fit(**{**fit_arguments, "size": 26}, callbacks=[saver])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1-13.png", "2-26.png"]
    compile_tiny(trainer)
    with pytest.raises(ValueError, match="size"):
        trainer.fit(**fit_arguments, callbacks=[saver])


def test_an_optimizer_that_writes_to_its_image_does_not_spoil_the_best_one(
    fit_arguments: FitArguments,
) -> None:
    class InPlace(Optimizer):
        def steps(self, objective: Any, image: np.ndarray) -> Generator[Step, None, str]:
            objective(image)
            image += 10.0
            yield from ()
            return "done"

    trainer = Trainer(TinyExtractor())
    trainer.compile(tiny_losses(), TINY_WEIGHTS, optimizer=InPlace(), precision="float32")
    trainer.fit(**{**fit_arguments, "epochs": 1})
    np.testing.assert_array_equal(trainer.best_image, fit_arguments["content"])


def test_evaluate_raises_after_a_new_compile_until_the_next_fit(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    trainer.fit(**fit_arguments)
    image = trainer.image
    trainer.compile([Parabola()])
    for method in (trainer.evaluate, trainer.measure_terms):
        with pytest.raises(RuntimeError, match="compiled again.*Call trainer.fit"):
            method()
    np.testing.assert_array_equal(trainer.image, image)
    assert trainer.loss_weights == {"parabola": 1.0}
    trainer.fit(**fit_arguments, initial_image="last")
    assert set(trainer.evaluate()) == {"loss", "parabola"}


def test_a_failed_fit_keeps_the_weights_found_from_shares(
    fit_arguments: FitArguments,
) -> None:
    trainer = Trainer(TinyExtractor())
    trainer.compile(tiny_losses(), gradient_shares=[0.3, 0.6, 0.1], precision="float32")
    trainer.fit(**fit_arguments)
    weights, evaluated = trainer.loss_weights, trainer.evaluate()
    swapped = {"content": fit_arguments["style"], "style": fit_arguments["content"]}
    faint = Style(fit_arguments["style"], content_mask=np.full((20, 26), 10, np.uint8))
    with pytest.raises(ValueError, match="content mask"):
        trainer.fit(**{**fit_arguments, "style": faint})
    with pytest.raises(ValueError, match="path"):
        trainer.fit(**{**fit_arguments, **swapped}, callbacks=[ImageSaver("{wrong}.png")])
    assert trainer.loss_weights == weights
    assert trainer.evaluate() == evaluated


class FiniteNearby(Loss):
    """NaN once the image is far from gray; lower for brighter images."""

    def compare(self, actual: Any, target: Any) -> Any:
        farthest = keras.ops.max(keras.ops.abs(actual - 128.0))
        return keras.ops.where(farthest > 3.0, float("nan"), -keras.ops.mean(actual))


@pytest.mark.parametrize("optimizer", [ProjectedLBFGS(), ScipyLBFGSB()])
def test_a_trial_that_is_not_finite_shortens_the_step(
    optimizer: Optimizer, fit_arguments: FitArguments
) -> None:
    trainer = Trainer(TinyExtractor())
    trainer.compile(FiniteNearby(), optimizer=optimizer)
    image = np.full((20, 26, 3), 128, np.uint8)
    trainer.fit(**{**fit_arguments, "epochs": 1}, initial_image=image)
    assert not trainer.run.diverged
    assert 0.2 < trainer.state.image.mean() - 128 <= 3.0


@pytest.mark.parametrize("optimizer", [ProjectedLBFGS(), ScipyLBFGSB()])
def test_no_finite_trial_at_all_ends_the_run(
    optimizer: Optimizer, fit_arguments: FitArguments
) -> None:
    class FiniteOnce(Loss):
        def compare(self, actual: Any, target: Any) -> Any:
            moved = keras.ops.any(actual != 128.0)
            return keras.ops.where(moved, float("nan"), -keras.ops.mean(actual))

    class Nowhere(ProjectedLBFGS if isinstance(optimizer, ProjectedLBFGS) else ScipyLBFGSB):
        """Receives finite values only at the start, whatever it evaluates later."""

        def steps(self, objective: Any, image: np.ndarray) -> Generator[Step, None, str | None]:
            calls = 0

            def once(trial: np.ndarray) -> Evaluation:
                nonlocal calls
                calls += 1
                return objective(image if calls == 1 else np.full_like(trial, 129.0))

            return super().steps(once, image)

    trainer = Trainer(TinyExtractor())
    trainer.compile(FiniteOnce(), optimizer=Nowhere())
    image = np.full((20, 26, 3), 128, np.uint8)
    with pytest.warns(RuntimeWarning, match="finite_once = nan"):
        trainer.fit(**fit_arguments, initial_image=image)
    assert trainer.run.diverged
    np.testing.assert_array_equal(trainer.image, image)


def test_a_learning_rate_set_between_compile_and_fit_counts(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    def distance(compiled: float, later: float) -> float:
        adam = keras.optimizers.Adam(compiled)
        trainer.compile(Parabola(), optimizer=adam)
        adam.learning_rate = later
        gray = np.full((20, 26, 3), 100, np.uint8)
        arguments = {**fit_arguments, "epochs": 1, "steps_per_epoch": 1, "initial_image": gray}
        trainer.fit(**arguments)
        return float(np.abs(trainer.state.image - 100).max())

    assert distance(5.0, 0.5) == pytest.approx(0.5, rel=0.01)
    assert distance(0.5, 5.0) == pytest.approx(5.0, rel=0.01)


def test_runs_and_scales_start_with_the_learning_rate_of_the_given_optimizer(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    rates: list[float] = []

    def halve(epoch: int, logs: Any) -> None:
        rates.append(float(trainer.optimizer.learning_rate))
        trainer.optimizer.learning_rate = rates[-1] / 2

    adam = keras.optimizers.Adam(8.0)
    trainer.compile(Parabola(), optimizer=adam, scales=(0.5, 1))
    watch = keras.callbacks.LambdaCallback(on_epoch_end=halve)
    for _ in range(2):
        trainer.fit(**{**fit_arguments, "epochs": 3}, callbacks=[watch])
        adam.learning_rate = 6.0
    assert rates == [8.0, 8.0, 4.0, 6.0, 6.0, 3.0]


class SeesMemory(keras.callbacks.Callback):
    """Counts the optimizer's vectors in memory at the start of an epoch's last step."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.held: list[int] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == self.steps - 2:
            kept = self.model.state.optimizer_state
            self.held.append(sum(array.size > 100 for array in kept.values()))


def test_the_curvature_memory_is_not_held_twice(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    callback = SeesMemory(fit_arguments["steps_per_epoch"])
    trainer.fit(**{**fit_arguments, "epochs": 3}, callbacks=[callback])
    assert callback.held == [0, 0, 0]
    assert len(trainer.state.optimizer_state) > 2, "a checkpoint at the epoch's end has it"


def test_a_saved_curvature_memory_is_moved_not_copied() -> None:
    image = np.zeros((1, 8, 8, 3), np.float32)
    state = {f"{name}_{index}": image + 1 for name in ("step", "change") for index in range(3)}
    state |= {"products": np.ones(3), "scale": np.array(2.0)}
    optimizer = ProjectedLBFGS()
    optimizer.build(image, state)
    assert not [name for name in state if name.startswith(("step", "change"))]
    assert len(optimizer.get_state()["products"]) == 3
