"""Users' own losses: NumPy constants, and errors that name the user's line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TinyExtractor

from nst_framework import Loss, losses
from nst_framework.objective.recipe import Recipe
from nst_framework.objective.tiled.objective import TiledObjective
from nst_framework.objective.whole import Objective
from nst_framework.settings.classes import describe_failure, load_class, parse_class_call
from nst_framework.testing import check_loss

CODE = """
import numpy as np
from keras import ops
from nst_framework import Loss, losses


class Means(Loss):
    target = "style"
    layers = ("first",)
    mean_over_positions = "represent"
    dtype = "float32"

    def represent(self, features):
        return ops.mean(features, axis=(0, 1, 2))

    def weigh(self, means):
        return ops.multiply(means, np.linspace(0.5, 1.5, means.shape[-1], dtype=self.dtype))

    def compare(self, actual, target):
        return ops.mean(ops.square(self.weigh(actual - target)))


class ConstantOfNumPy(Means):
    dtype = "float64"


class WeighedFirst(Means):
    dtype = "float64"

    def represent(self, features):
        return self.weigh(super().represent(features))

    def compare(self, actual, target):
        return ops.mean(ops.square(actual - target))


class Vector(Means):
    def compare(self, actual, target):
        return ops.square(actual - target)


class Nothing(Means):
    def compare(self, actual, target):
        ops.mean(ops.square(actual - target))


class OtherShape(Means):
    def compare(self, actual, target):
        return ops.mean(ops.matmul(ops.reshape(actual, (1, 6)), np.ones((5, 1), "float32")))


class Together(Means):
    def compare_layers(self, statistics, targets):
        return statistics["first"]
"""


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "own.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    return lambda name: load_class(parse_class_call(f"own.py:{name}"), Loss, losses)()


@pytest.fixture(params=["whole", "tiles"])
def evaluate(request: pytest.FixtureRequest, tiny_extractor: TinyExtractor) -> Any:
    generator = np.random.default_rng(0)
    content, style, image = generator.uniform(0, 255, (3, 1, 12, 16, 3)).astype(np.float32)

    def evaluate(loss: Loss) -> tuple[float, np.ndarray]:
        recipe = Recipe(tiny_extractor, [loss], {loss.name: 3.0})
        if request.param == "tiles":
            objective: Any = TiledObjective(recipe, content, style, tile_size=8)
        else:
            objective = Objective(recipe, content, style)
        evaluation = objective(image)
        return evaluation.loss, evaluation.gradient

    return evaluate


@pytest.mark.parametrize("name", ["ConstantOfNumPy", "WeighedFirst"])
def test_a_float64_numpy_constant_has_the_effect_of_a_float32_one(
    name: str, make: Any, evaluate: Any
) -> None:
    expected, slopes = evaluate(make("Means"))
    loss, gradient = evaluate(make(name))
    assert loss == pytest.approx(expected, rel=1e-5)
    assert gradient.dtype == slopes.dtype == np.float32
    np.testing.assert_allclose(gradient, slopes, rtol=1e-3, atol=1e-5 * np.abs(slopes).max())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Vector", r"own\.py, line 38: Expected Vector\.compare .* tensor of shape \(6,\)\."),
        ("Nothing", r"own\.py, line 43: Expected Nothing\.compare .* Received: None\."),
        ("OtherShape", r"own\.py, line 49, in compare: "),
        ("Together", r"own\.py, line 53: Expected Together\.compare_layers .* shape \(6,\)\."),
    ],
)
def test_an_error_names_the_users_line(name: str, message: str, make: Any, evaluate: Any) -> None:
    loss = make(name)
    with pytest.raises(Exception) as raised:  # noqa: PT011
        evaluate(loss)
    described = describe_failure(raised.value)
    assert described is not None
    assert re.search(message, described), described


@pytest.mark.parametrize("name", ["ConstantOfNumPy", "WeighedFirst"])
def test_check_loss_accepts_numpy_constants(name: str, make: Any) -> None:
    check_loss(make(name))
