"""The objective as a function: its value, its gradient, its targets."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses
from keras import ops

from nst_framework import ContentLoss, Loss, Objective, Recipe, StyleLoss, VGG16FeatureExtractor
from nst_framework.images.pixels import to_batch


@pytest.mark.usefixtures("float64")
def test_gradient_agrees_with_finite_differences_through_the_network(
    tiny_extractor: TinyExtractor, content: np.ndarray, style: np.ndarray
) -> None:
    images = [to_batch(image).astype(np.float64) for image in (content, style)]
    objective = Objective(Recipe(tiny_extractor, tiny_losses(), TINY_WEIGHTS), *images)
    start = np.random.default_rng(0).uniform(0, 255, images[0].shape)
    gradient = objective(start).gradient
    direction = np.random.default_rng(1).normal(size=start.shape)
    step = 1e-4
    difference = objective(start + step * direction).loss - objective(start - step * direction).loss
    assert difference / (2 * step) == pytest.approx(np.vdot(gradient, direction), rel=1e-6)


def test_a_weight_multiplies_only_its_own_term(
    tiny_extractor: TinyExtractor, content: np.ndarray, style: np.ndarray
) -> None:
    def terms(weight: float) -> dict[str, float]:
        weights = {**TINY_WEIGHTS, "style_loss": weight}
        objective = Objective(
            Recipe(tiny_extractor, tiny_losses(), weights), to_batch(content), to_batch(style)
        )
        return objective(to_batch(content) * 0.5).terms

    one, three = terms(1.0), terms(3.0)
    assert three["style_loss"] == pytest.approx(3 * one["style_loss"], rel=1e-6)
    assert three["content_loss"] == one["content_loss"]


def test_terms_keep_their_names_in_any_order(
    tiny_extractor: TinyExtractor, content: np.ndarray, style: np.ndarray
) -> None:
    def terms(losses: list[Loss]) -> dict[str, float]:
        recipe = Recipe(tiny_extractor, losses, TINY_WEIGHTS)
        return Objective(recipe, to_batch(content), to_batch(style))(to_batch(content) * 0.5).terms

    # JAX sorts the names in a compiled function's arguments and results.
    in_order, reverse = terms(tiny_losses()), terms(tiny_losses()[::-1])
    assert list(reverse) == list(in_order)[::-1]
    assert reverse == pytest.approx(in_order, rel=1e-6)


def test_style_loss_is_zero_for_the_style_itself(
    tiny_extractor: TinyExtractor, style: np.ndarray
) -> None:
    objective = Objective(
        Recipe(tiny_extractor, [StyleLoss(["first", "second"])], {"style_loss": 1.0}),
        to_batch(style),
        to_batch(style),
    )
    evaluation = objective(to_batch(style))
    scale = objective(255 - to_batch(style)).loss
    assert evaluation.loss < 1e-10 * scale


class PixelLoss(Loss):
    """Half the squared distance to the content's pixels, whose gradient is known."""

    def __init__(self) -> None:
        super().__init__(target="content")

    def compare(self, actual: Any, target: Any) -> Any:
        return ops.sum((actual - target) ** 2) / 2


def test_a_loss_on_pixels_needs_no_network(
    tiny_extractor: TinyExtractor, content: np.ndarray, style: np.ndarray
) -> None:
    objective = Objective(
        Recipe(tiny_extractor, [PixelLoss()], {"pixel_loss": 1.0}),
        to_batch(content),
        to_batch(style),
    )
    image = to_batch(content) + 2
    evaluation = objective(image)
    assert evaluation.loss == pytest.approx(2 * content.size)
    np.testing.assert_allclose(evaluation.gradient, np.full_like(image, 2))


def test_the_network_runs_once_for_all_losses(content: np.ndarray, style: np.ndarray) -> None:
    class Counting(TinyExtractor):
        calls = 0

        def call(self, image: Any, layers: Any) -> dict[str, Any]:
            self.calls += 1
            return super().call(image, layers)

    extractor = Counting()
    objective = Objective(
        Recipe(extractor, tiny_losses(), TINY_WEIGHTS), to_batch(content), to_batch(style)
    )
    before = extractor.calls
    for _ in range(3):
        objective(to_batch(content))
    # PyTorch calls the network each time; the other backends run a traced function.
    passes = 3 if keras.backend.backend() == "torch" else 1
    assert extractor.calls == before + passes, "one pass for all losses"


@pytest.mark.parametrize(
    ("precision", "least"), [("mixed_bfloat16", 0.99), ("mixed_float16", 0.999)]
)
def test_a_gradient_in_16_bits_has_nearly_the_same_direction(precision: str, least: float) -> None:
    generator = np.random.default_rng(0)
    content = generator.integers(0, 256, (12, 12, 3)).repeat(8, 0).repeat(8, 1).astype(np.uint8)
    style = generator.integers(0, 256, (24, 24, 3)).repeat(4, 0).repeat(4, 1).astype(np.uint8)

    def gradient(precision: str) -> np.ndarray:
        objective = Objective(
            Recipe(
                VGG16FeatureExtractor(),
                [ContentLoss(), StyleLoss()],
                {"content_loss": 1.0, "style_loss": 1.0},
                precision,
            ),
            to_batch(content),
            to_batch(style),
        )
        return objective(to_batch(content)).gradient.ravel()

    exact, short = gradient("float32"), gradient(precision)
    assert exact.dtype == short.dtype == np.float32
    assert exact @ short / (np.linalg.norm(exact) * np.linalg.norm(short)) > least
