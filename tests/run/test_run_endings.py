"""How runs end: complete, stopped, interrupted, without a further step, or by an error."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses

from nst_framework import Loss, Optimizer, Step, TotalVariationLoss, Trainer

FitArguments = dict[str, Any]


def test_a_run_that_starts_at_the_optimum_ends_there(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    trainer.compile(TotalVariationLoss())
    flat = np.full((20, 26, 3), 77, np.uint8)
    history = trainer.fit(**{**fit_arguments, "content": flat}).history
    assert history["loss"] == [0.0], "a second epoch would begin and end the same way"
    assert "no step lowers the loss: a minimum" in trainer.stop_reason
    np.testing.assert_array_equal(trainer.image, flat)


class CutOff(keras.callbacks.Callback):
    """Ends a run at its third step, by an error or by `stop_training`."""

    def __init__(self, error: BaseException | None) -> None:
        super().__init__()
        self.error = error
        self.ended = False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == 2:
            self.image = self.model.image
            if self.error is not None:
                raise self.error
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        self.ended = True


def test_a_callback_stops_the_run_after_its_step(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    callback = CutOff(None)
    history = trainer.fit(**fit_arguments, callbacks=[callback])
    assert callback.ended
    assert len(history.history["loss"]) == 1
    assert trainer.state.step == 3
    np.testing.assert_array_equal(trainer.image, callback.image)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("disk full")])
def test_the_image_survives_an_interruption(
    trainer: Trainer, fit_arguments: FitArguments, error: BaseException
) -> None:
    callback = CutOff(error)
    with pytest.raises(type(error)):
        trainer.fit(**fit_arguments, callbacks=[callback])
    assert callback.ended
    np.testing.assert_array_equal(trainer.image, callback.image)
    np.testing.assert_array_equal(trainer.best_image, callback.image)


class BreaksLater(Loss):
    """Becomes NaN once the image has moved a little from the starting image."""

    def compare(self, actual: Any, target: Any) -> Any:
        moved = keras.ops.mean(keras.ops.abs(actual - 128.0))
        return keras.ops.where(moved > 5.0, float("nan"), -moved)


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_last_good_image(
    tiny_extractor: TinyExtractor, fit_arguments: FitArguments
) -> None:
    trainer = Trainer(tiny_extractor)
    trainer.compile(BreaksLater(), optimizer=keras.optimizers.SGD(2000.0))
    image = np.full((20, 26, 3), 130, np.uint8)
    with pytest.warns(RuntimeWarning, match="breaks_later = nan"):
        history = trainer.fit(**{**fit_arguments, "epochs": 3, "initial_image": image})
    assert trainer.run.diverged
    assert "finite" in trainer.stop_reason
    assert np.isnan(history.history["loss"][-1])
    moved = np.abs(trainer.image.astype(float) - 128).mean()
    assert 2 < moved <= 5
    np.testing.assert_array_equal(trainer.best_image, trainer.image)


class WrongGradient(Loss):
    """Its gradient points to darker images, although its value is lower for brighter ones."""

    def compare(self, actual: Any, target: Any) -> Any:
        brightness = keras.ops.mean(actual)
        return brightness - 2 * keras.ops.stop_gradient(brightness)


class BrokenGradient(Loss):
    """Has a finite value, but a gradient that is not finite."""

    def compare(self, actual: Any, target: Any) -> Any:
        return keras.ops.mean(keras.ops.sqrt(actual - actual)) + 5.0


def test_a_gradient_that_is_not_finite_is_reported_as_such(
    tiny_extractor: TinyExtractor, fit_arguments: FitArguments
) -> None:
    class Careless(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = False

    trainer = Trainer(tiny_extractor)
    trainer.compile(BrokenGradient())
    with pytest.warns(RuntimeWarning, match="loss = 5, .*gradient that is not finite"):
        history = trainer.fit(**fit_arguments, callbacks=[Careless()])
    assert trainer.run.diverged
    assert len(history.epoch) == 1
    assert trainer.state.epoch == 0, "a diverged epoch is not complete"


def test_the_stop_reason_names_the_callback(trainer: Trainer, fit_arguments: FitArguments) -> None:
    def stop(*_: Any) -> None:
        trainer.stop_training = True

    trainer.fit(**fit_arguments, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop)])
    assert trainer.stop_reason == "A callback stopped the run at the end of the epoch."
    trainer.fit(**fit_arguments, callbacks=[keras.callbacks.LambdaCallback(on_train_begin=stop)])
    assert "No epoch was left to run" not in trainer.stop_reason


@pytest.mark.parametrize("optimizer", ["lbfgs", "scipy", "adam"])
def test_the_stop_reason_says_how_the_epoch_ended(
    optimizer: str, trainer: Trainer, fit_arguments: FitArguments
) -> None:
    trainer.compile(tiny_losses(), TINY_WEIGHTS, optimizer=optimizer, precision="float32")
    trainer.fit(**fit_arguments)
    assert trainer.stop_reason == "The epoch is complete: all 5 steps done."
    trainer.fit(**fit_arguments, callbacks=[CutOff(None)])
    assert trainer.stop_reason == "A callback stopped the run after step 3 of the epoch."


@pytest.mark.parametrize("reason", [None, "There is nothing left to do."])
def test_an_optimizer_may_end_its_steps(
    reason: str | None, trainer: Trainer, fit_arguments: FitArguments
) -> None:
    class TwoSteps(Optimizer):
        def steps(self, objective: Any, image: np.ndarray) -> Generator[Step, None, str | None]:
            for level in (1.0, 2.0):
                yield Step(image + level, objective(image + level))
            return reason

    trainer.compile(tiny_losses(), TINY_WEIGHTS, optimizer=TwoSteps(), precision="float32")
    trainer.fit(**{**fit_arguments, "epochs": 1})
    assert trainer.state.step == 2
    assert trainer.stop_reason == (reason or "The optimizer makes no further step.")
    assert trainer.state.epoch == 1
    np.testing.assert_array_equal(trainer.state.image[0], fit_arguments["content"] + 2.0)


def test_a_solver_that_gives_up_ends_the_run_and_says_why(
    tiny_extractor: TinyExtractor, fit_arguments: FitArguments
) -> None:
    trainer = Trainer(tiny_extractor)
    trainer.compile(WrongGradient())
    history = trainer.fit(**fit_arguments).history
    assert "no step lowers the loss" in trainer.stop_reason
    assert len(history["loss"]) == 1
    np.testing.assert_array_equal(trainer.image, fit_arguments["content"])
    np.testing.assert_array_equal(trainer.best_image, fit_arguments["content"])


def test_best_image_is_the_one_with_the_lowest_loss(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    # With a learning rate this large, the first steps increase the loss.
    trainer.compile(
        tiny_losses(), TINY_WEIGHTS, optimizer=keras.optimizers.Adam(60.0), precision="float32"
    )
    losses: list[float] = []
    record = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"])
    )
    trainer.fit(**{**fit_arguments, "epochs": 1, "steps_per_epoch": 3}, callbacks=[record])
    assert trainer.state.best_loss == min(losses) < losses[-1]
    assert trainer.evaluate(trainer.best_image)["loss"] == pytest.approx(min(losses), rel=0.02)


def test_on_train_end_is_called_on_every_callback_even_if_one_fails(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    callback = CutOff(None)
    with pytest.raises(RuntimeError, match="broken"):
        trainer.fit(
            **fit_arguments,
            callbacks=[keras.callbacks.LambdaCallback(on_train_end=fail), callback],
        )
    assert callback.ended
