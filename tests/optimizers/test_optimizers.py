"""Optimizers on functions with known minima."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import keras
import numpy as np
import pytest
from host_objective import SHAPE, Objective, on_host, quadratic
from keras import ops
from scipy.optimize import rosen, rosen_der

from nst_framework import (
    Evaluation,
    KerasOptimizer,
    Optimizer,
    ProjectedLBFGS,
    ScipyLBFGSB,
)
from nst_framework.defaults import LEARNING_RATE
from nst_framework.optimizers.choice import as_optimizer


def run(
    optimizer: Optimizer, objective: Objective, start: np.ndarray, count: int
) -> tuple[np.ndarray, list[float], str]:
    """The last image, the losses, and the reason if the optimizer found no further step."""
    image, losses = start, []
    optimizer.build(start, {})
    with contextlib.closing(optimizer.steps(objective, start)) as steps:
        for _ in range(count):
            try:
                step = next(steps)
            except StopIteration as end:
                return image, losses, end.value
            image = ops.convert_to_numpy(step.image)
            losses.append(step.evaluation.loss)
    return image, losses, ""


@pytest.mark.parametrize(
    ("optimizer", "steps", "tolerance"),
    [
        (ScipyLBFGSB(), 60, 0.01),
        (ScipyLBFGSB(bounds=None), 60, 0.01),
        # Without the limit, which would damp most of a target of 4 x 5 pixels.
        (ProjectedLBFGS(highest_frequency=0.5), 100, 0.01),
        (ProjectedLBFGS(bounds=None, highest_frequency=0.5), 100, 0.01),
        (ProjectedLBFGS(exponent=0, highest_frequency=0.5), 60, 0.01),
        (KerasOptimizer(keras.optimizers.Adam(5.0)), 400, 0.5),
        (KerasOptimizer(keras.optimizers.SGD(0.01, momentum=0.9)), 400, 0.01),
    ],
)
def test_the_minimum_is_found(
    optimizer: Optimizer, steps: int, tolerance: float, start: np.ndarray, target: np.ndarray
) -> None:
    image, losses, _ = run(optimizer, quadratic(target), start, steps)
    np.testing.assert_allclose(image, target, atol=tolerance)
    assert image.dtype == np.float32
    assert image.shape == SHAPE
    assert len(losses) <= steps


@pytest.mark.parametrize(
    "optimizer", [ScipyLBFGSB(), ProjectedLBFGS(), KerasOptimizer(keras.optimizers.Adam(20.0))]
)
def test_pixels_stay_within_their_bounds(optimizer: Optimizer, start: np.ndarray) -> None:
    outside = np.where(np.arange(60).reshape(SHAPE) % 2, 400.0, -100.0)
    image, _, _ = run(optimizer, quadratic(outside), start, 60)
    np.testing.assert_allclose(image, np.clip(outside, 0, 255), atol=1e-3)


@pytest.mark.parametrize(
    "optimizer", [ScipyLBFGSB(bounds=None), ProjectedLBFGS(bounds=None, highest_frequency=0.5)]
)
def test_without_bounds_pixels_may_leave(optimizer: Optimizer, start: np.ndarray) -> None:
    image, _, _ = run(optimizer, quadratic(np.full(SHAPE, 400.0)), start, 60)
    np.testing.assert_allclose(image, 400, atol=0.1)


@pytest.mark.parametrize("optimizer", [ScipyLBFGSB(), ProjectedLBFGS()])
def test_every_step_descends_on_the_rosenbrock_function(optimizer: Optimizer) -> None:
    @on_host
    def objective(image: np.ndarray) -> Evaluation:
        point = image.astype(np.float64).ravel()
        return Evaluation(rosen(point), {}, rosen_der(point).reshape(image.shape))

    image, losses, _ = run(optimizer, objective, np.full((1, 1, 2, 3), 3, np.float32), 200)
    assert all(later < earlier for earlier, later in itertools.pairwise(losses))
    np.testing.assert_allclose(image, 1, atol=1e-2)


@pytest.mark.parametrize("optimizer", [ScipyLBFGSB(), ProjectedLBFGS()])
@pytest.mark.parametrize("scale", [2.0**-20, 2.0**20])
def test_the_scale_of_the_loss_does_not_matter(
    optimizer: Optimizer, scale: float, start: np.ndarray, target: np.ndarray
) -> None:
    image, _, _ = run(optimizer, quadratic(target), start, 10)
    scaled, _, _ = run(optimizer, quadratic(target, scale), start, 10)
    np.testing.assert_array_equal(scaled, image)


@pytest.mark.parametrize(
    "optimizer", [ScipyLBFGSB(), ProjectedLBFGS(), KerasOptimizer(keras.optimizers.Adam(5.0))]
)
def test_each_step_reports_its_own_image_which_stays_unchanged(
    optimizer: Optimizer, start: np.ndarray, target: np.ndarray
) -> None:
    objective = quadratic(target)
    told: list[tuple[np.ndarray, np.ndarray]] = []
    optimizer.build(start, {})
    steps = optimizer.steps(objective, start)
    for image, evaluation in itertools.islice(steps, 4):
        assert evaluation.loss == objective(image).loss
        told.append((image, np.array(image)))
    steps.close()
    assert len(told) == 4
    for image, copy in told:
        np.testing.assert_array_equal(image, copy)


def test_the_solver_reports_why_it_stopped(start: np.ndarray, target: np.ndarray) -> None:
    assert "CONVERGENCE" in run(ScipyLBFGSB(), quadratic(start), start, 3)[2]
    assert "no step lowers" in run(ProjectedLBFGS(), quadratic(start), start, 3)[2]


@pytest.mark.parametrize(
    "optimizer", [ScipyLBFGSB(), ProjectedLBFGS(), KerasOptimizer(keras.optimizers.Adam(5.0))]
)
def test_an_optimizer_evaluates_nothing_before_a_step_is_requested(
    optimizer: Optimizer, start: np.ndarray, target: np.ndarray
) -> None:
    objective, evaluated = quadratic(target), []

    def count(image: Any) -> Evaluation:
        evaluated.append(image)
        return objective(image)

    optimizer.build(start, {})
    steps = optimizer.steps(count, start)
    assert len(evaluated) == 0
    next(steps)
    known = len(evaluated)
    assert known >= 2, "the starting image and a step"
    steps.close()
    assert len(evaluated) == known


def test_a_solver_with_a_wrong_gradient_stops_and_reports_it(start: np.ndarray) -> None:
    @on_host
    def uphill(image: np.ndarray) -> Evaluation:
        return Evaluation(float(np.sum(image**2)), {}, (-2 * image).astype(np.float32))

    assert "ABNORMAL" in run(ScipyLBFGSB(), uphill, start, 10)[2]
    assert "no step lowers" in run(ProjectedLBFGS(), uphill, start, 10)[2]


def test_a_keras_optimizer_resumes_from_its_state(start: np.ndarray, target: np.ndarray) -> None:
    objective = quadratic(target)
    whole, _, _ = run(KerasOptimizer(keras.optimizers.Adam(5.0)), objective, start, 10)

    first = KerasOptimizer(keras.optimizers.Adam(5.0))
    half, _, _ = run(first, objective, start, 5)
    second = KerasOptimizer(keras.optimizers.Adam(5.0))
    second.build(half, first.get_state())
    *_, last = itertools.islice(second.steps(objective, half), 5)
    np.testing.assert_array_equal(last.image, whole)


def test_each_run_starts_with_a_fresh_keras_optimizer(
    start: np.ndarray, target: np.ndarray
) -> None:
    optimizer = KerasOptimizer(keras.optimizers.Adam(5.0))
    first, _, _ = run(optimizer, quadratic(target), start, 5)
    optimizer.learning_rate = 1.0
    second, _, _ = run(optimizer, quadratic(target), start, 5)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "optimizer",
    [
        ScipyLBFGSB(memory=5, bounds=(10, 200)),
        ProjectedLBFGS(memory=5, bounds=(10, 200), exponent=1),
        KerasOptimizer(keras.optimizers.Adam(3.0)),
    ],
)
def test_configuration_round_trip(optimizer: Optimizer) -> None:
    again = type(optimizer).from_config(optimizer.get_config())
    assert again.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    ("name", "kind"), [(None, ProjectedLBFGS), ("lbfgs", ProjectedLBFGS), ("scipy", ScipyLBFGSB)]
)
def test_solvers_by_name(name: str | None, kind: type[Optimizer]) -> None:
    optimizer = as_optimizer(name)
    assert type(optimizer) is kind
    assert optimizer.get_config() == kind().get_config()


@pytest.mark.parametrize("name", ["adam", "Adam", "rmsprop", "sgd"])
def test_keras_optimizers_by_name_have_a_learning_rate_in_pixel_values(name: str) -> None:
    optimizer = as_optimizer(name)
    assert isinstance(optimizer, KerasOptimizer)
    assert type(optimizer.optimizer).__name__.lower() == name.lower()
    assert float(optimizer.learning_rate) == LEARNING_RATE


@pytest.mark.parametrize("optimizer", [ScipyLBFGSB, ProjectedLBFGS])
@pytest.mark.parametrize(
    "arguments", [{"memory": 0}, {"memory": 2.5}, {"bounds": (255, 0)}, {"bounds": (1,)}]
)
def test_bad_arguments(optimizer: type[Optimizer], arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Expected.*Received"):
        optimizer(**arguments)


def test_equal_keras_optimizers_have_equal_configurations() -> None:
    # Keras names the second one adam_1, so a checkpoint would not fit the other trainer.
    first, second = (as_optimizer("adam").get_config() for _ in range(2))
    assert first == second
    assert type(KerasOptimizer.from_config(first).optimizer).__name__ == "Adam"
