"""Gradients at kinks of a loss, where the Keras backends differ.

On JAX, `abs` has a slope of 1 at 0, and `maximum` and `clip` have half the slope at a tie.
"""

from __future__ import annotations

import functools
import inspect

import numpy as np
import pytest
from conftest import TinyExtractor

from nst_framework import losses
from nst_framework.objective.recipe import Recipe
from nst_framework.objective.whole import Objective

KINDS = [getattr(losses, name) for name in losses.__all__ if name not in ("Loss", "TemporalLoss")]
SHAPE = (1, 16, 20, 3)


def colored(seed: int) -> np.ndarray:
    """An image of random colors, away from black and white."""
    return np.random.default_rng(seed).uniform(30, 220, SHAPE).astype(np.float32)


CONSTANT = np.full(SHAPE, 200, np.float32)
BLACK_AND_WHITE = np.where(np.indices(SHAPE).sum(axis=0) % 3 == 0, 255, 0).astype(np.float32)
IMAGES = {"constant": CONSTANT, "black and white": BLACK_AND_WHITE, "black": 0 * CONSTANT}


@functools.cache
def make_recipe(kind: type[losses.Loss]) -> Recipe:
    """A recipe shared by all cases, so that its functions are compiled once."""
    has_layers = "layers" in inspect.signature(kind).parameters
    loss = kind(layers=["first", "second"]) if has_layers else kind()
    return Recipe(TinyExtractor(), [loss], {loss.name: 1.0})


def make_objective(
    kind: type[losses.Loss], content: np.ndarray, style: np.ndarray, image: np.ndarray
) -> Objective:
    return Objective(make_recipe(kind), content, style, image)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", ["colored", *IMAGES])
def test_an_image_equal_to_the_target_does_not_move(kind: type[losses.Loss], name: str) -> None:
    if kind.target is None:
        pytest.skip("The loss has no target.")
    if kind is losses.SelfSimilarityLoss and name == "constant":
        pytest.skip("All distances are 0 and would be divided by a rounding error.")
    image = IMAGES.get(name, colored(0))
    loss = make_objective(kind, image, image, image)(image)
    # At another image, for scale.
    other = make_objective(kind, image, image, colored(1))(colored(1))
    largest = float(np.abs(loss.gradient).max())
    # Rounding differs between the functions for the target's and the image's statistics.
    assert largest < 0.2 * float(np.abs(other.gradient).max())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", IMAGES)
def test_the_slope_lies_between_those_of_both_sides(kind: type[losses.Loss], name: str) -> None:
    image = IMAGES[name]
    objective = make_objective(kind, colored(2), colored(3), image)
    at = objective(image)
    inward = np.where(image < 128, 1, -1) if name != "constant" else 1
    generator = np.random.default_rng(4)
    step = 0.05
    for _ in range(3):
        direction = (inward * generator.uniform(0, 1, SHAPE)).astype(np.float32)
        before, after = (objective(image + sign * step * direction).loss for sign in (-1.0, 1.0))
        slope = float(np.vdot(at.gradient, direction))
        sides = sorted([(at.loss - before) / step, (after - at.loss) / step])
        tolerance = 0.02 * max(map(abs, sides)) + 1e-6 * abs(at.loss) / step
        assert sides[0] - tolerance <= slope <= sides[1] + tolerance
