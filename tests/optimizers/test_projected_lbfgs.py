"""Projected L-BFGS: agreement with SciPy, curvature memory, preconditioner."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from host_objective import on_host
from keras import ops
from scipy.optimize import minimize

from nst_framework import Evaluation, ProjectedLBFGS
from nst_framework.optimizers.preconditioner import apply_response, frequency_response

Objective = Callable[[Any], Evaluation]
SHAPE = (1, 3, 4, 3)


def coupled_quadratic(seed: int, spread: float) -> tuple[Objective, np.ndarray]:
    """A convex quadratic with coupled pixels, and its bounded minimum found by SciPy."""
    generator = np.random.default_rng(seed)
    size = int(np.prod(SHAPE))
    matrix = generator.normal(size=(size, size))
    matrix = matrix @ matrix.T / size + 0.1 * np.eye(size)
    centre = generator.normal(128, spread, size)

    def value(point: np.ndarray) -> tuple[float, np.ndarray]:
        difference = point - centre
        return difference @ matrix @ difference / 2, matrix @ difference

    @on_host
    def objective(image: np.ndarray) -> Evaluation:
        loss, gradient = value(image.astype(np.float64).ravel())
        return Evaluation(loss, {}, gradient.reshape(SHAPE).astype(np.float32))

    options = {"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-10}
    answer = minimize(
        value, np.full(size, 128.0), jac=True, bounds=[(0, 255)] * size, options=options
    )
    return objective, answer.x.reshape(SHAPE)


def run(
    optimizer: ProjectedLBFGS, objective: Objective, start: np.ndarray, steps: int
) -> list[np.ndarray]:
    made = itertools.islice(optimizer.steps(objective, start), steps)
    return [start, *(ops.convert_to_numpy(step.image) for step in made)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("spread", "bound"), [(20.0, 0), (200.0, 5)])
def test_the_minimum_agrees_with_scipy_with_and_without_active_bounds(
    seed: int, spread: float, bound: int
) -> None:
    objective, answer = coupled_quadratic(seed, spread)
    assert np.sum((answer <= 0) | (answer >= 255)) >= bound
    start = np.full(SHAPE, 128, np.float32)
    optimizer = ProjectedLBFGS()
    optimizer.build(start, {})
    images = run(optimizer, objective, start, 400)
    np.testing.assert_allclose(images[-1], answer, atol=0.1)
    losses = [objective(image).loss for image in images]
    assert all(later < earlier for earlier, later in itertools.pairwise(losses))


def test_the_curvature_memory_survives_epochs_and_saving() -> None:
    objective, _ = coupled_quadratic(0, 200.0)
    start = np.full(SHAPE, 128, np.float32)
    whole = ProjectedLBFGS(memory=4)
    whole.build(start, {})
    images = run(whole, objective, start, 12)

    halves = ProjectedLBFGS(memory=4)
    halves.build(start, {})
    half = run(halves, objective, start, 6)[-1]
    np.testing.assert_array_equal(run(halves, objective, half, 6)[-1], images[-1])

    first = ProjectedLBFGS(memory=4)
    first.build(start, {})
    half = run(first, objective, start, 6)[-1]
    second = ProjectedLBFGS(memory=4)
    second.build(half, first.get_state())
    np.testing.assert_array_equal(run(second, objective, half, 6)[-1], images[-1])


def test_the_state_is_not_a_second_copy_of_the_memory() -> None:
    objective, _ = coupled_quadratic(0, 200.0)
    start = np.full(SHAPE, 128, np.float32)
    optimizer = ProjectedLBFGS(memory=2)
    optimizer.build(start, {})
    run(optimizer, objective, start, 4)
    first, second = optimizer.get_state(), optimizer.get_state()
    assert sorted(first) == ["change_0", "change_1", "products", "scale", "step_0", "step_1"]
    for name in ("step_0", "change_1"):
        assert first[name] is second[name]


def test_a_new_run_forgets_the_previous_one() -> None:
    objective, _ = coupled_quadratic(0, 200.0)
    start = np.full(SHAPE, 128, np.float32)
    optimizer = ProjectedLBFGS()
    results = []
    for _ in range(2):
        optimizer.build(start, {})
        results.append(run(optimizer, objective, start, 5)[-1])
    np.testing.assert_array_equal(*results)


def test_pixels_can_leave_a_bound() -> None:
    start = np.tile(np.array([0, 255], np.float32), 18).reshape(SHAPE)

    @on_host
    def objective(image: np.ndarray) -> Evaluation:
        difference = image.astype(np.float64) - 100
        return Evaluation(float(np.sum(difference**2)), {}, (2 * difference).astype(np.float32))

    optimizer = ProjectedLBFGS()
    optimizer.build(start, {})
    np.testing.assert_allclose(run(optimizer, objective, start, 60)[-1], 100, atol=0.01)


@pytest.mark.parametrize("shape", [(1, 5, 8, 3), (1, 6, 7, 3)])
def test_the_filter_multiplies_the_spectrum_of_each_channel(
    shape: tuple[int, ...],
) -> None:
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    response = frequency_response(*shape[1:3], exponent=0.4)
    assert response[0, 0] == response.max()
    filtered = ops.convert_to_numpy(apply_response(*map(ops.convert_to_tensor, (image, response))))
    expected = np.fft.ifft2(
        np.fft.fft2(image, axes=(1, 2)) * response[None, :, :, None], axes=(1, 2)
    )
    np.testing.assert_allclose(filtered, expected.real, atol=1e-5)


def test_steps_contain_no_alternating_lines_one_pixel_wide() -> None:
    down, across = np.mgrid[0:24, 0:32]
    smooth = 60 * np.sin(2 * np.pi * across / 16) * np.cos(2 * np.pi * down / 12)
    weave = 30.0 * (-1) ** across + 30.0 * (-1) ** down
    target = np.repeat((128 + smooth + weave)[None, ..., None], 3, axis=-1)

    @on_host
    def objective(image: np.ndarray) -> Evaluation:
        difference = image.astype(np.float64) - target
        return Evaluation(float(np.sum(difference**2)), {}, (2 * difference).astype(np.float32))

    start = np.full(target.shape, 128, np.float32)
    shares = {}
    for highest_frequency in (0.3, 0.5):
        optimizer = ProjectedLBFGS(exponent=0, highest_frequency=highest_frequency)
        optimizer.build(start, {})
        moved = run(optimizer, objective, start, 2)[-1][0, ..., 0] - 128
        # The share of each pattern in the image after two steps.
        shares[highest_frequency] = [
            np.sum(moved * pattern) / np.sum(pattern**2) for pattern in (smooth, weave)
        ]
    np.testing.assert_allclose(shares[0.5], [1, 1], atol=0.05)
    np.testing.assert_allclose(shares[0.3][0], 1, atol=0.05)
    assert shares[0.3][1] < 0.1


def test_a_frequency_above_one_half_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 0.5, .*highest_frequency=0.7"):
        ProjectedLBFGS(highest_frequency=0.7)
