"""Each term's share of the gradient, measured and requested."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses

from nst_framework import Evaluation, Objective, Recipe, TermReport, Trainer
from nst_framework.callbacks import Checkpoint
from nst_framework.images.pixels import to_batch
from nst_framework.objective.shares import measure_terms

FitArguments = dict[str, Any]
SHARES = {"content_loss": 0.25, "style_loss": 0.7, "total_variation_loss": 0.05}


@pytest.fixture
def balanced() -> Trainer:
    trainer = Trainer(TinyExtractor())
    trainer.compile(tiny_losses(), gradient_shares=SHARES, precision="float32")
    return trainer


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("tile_size", [None, 32])
def test_terms_have_their_shares_of_the_gradient_at_the_start(
    balanced: Trainer, fit_arguments: FitArguments, factor: int, tile_size: int | None
) -> None:
    sized = {
        name: fit_arguments[name].repeat(factor, 0).repeat(factor, 1)
        for name in ("content", "style")
    }
    arguments = {**fit_arguments, **sized, "initial_image": "noise"}
    balanced.compile(
        tiny_losses(), gradient_shares=SHARES, tile_size=tile_size, precision="float32"
    )
    balanced.fit(**{**arguments, "epochs": 1, "steps_per_epoch": 1})
    start = np.random.default_rng(0).integers(0, 256, sized["content"].shape, dtype=np.uint8)
    reports = balanced.measure_terms(start)
    assert {name: report.share for name, report in reports.items()} == pytest.approx(
        SHARES, rel=1e-3
    )


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_a_run_that_starts_from_the_content_is_balanced_between_content_and_style(
    balanced: Trainer, fit_arguments: FitArguments, precision: str
) -> None:
    balanced.compile(tiny_losses(), gradient_shares=SHARES, precision=precision)
    balanced.fit(**fit_arguments)
    content, style = balanced.content, fit_arguments["style"]
    from nst_framework import read_image

    between = (content / 2 + read_image(style, shape=content.shape[:2]) / 2).astype(np.float32)
    reports = balanced.measure_terms(np.rint(between).astype(np.uint8))
    shares = {name: report.share for name, report in reports.items()}
    assert shares == pytest.approx(SHARES, rel=0.02)


def test_terms_agree_with_evaluate_and_their_gradients_add_up(
    trainer: Trainer, fit_arguments: FitArguments
) -> None:
    trainer.fit(**fit_arguments)
    reports = trainer.measure_terms()
    evaluated = trainer.evaluate()
    for name, report in reports.items():
        assert report.value == pytest.approx(evaluated[name], rel=1e-5)
    assert sum(report.share for report in reports.values()) == pytest.approx(1)
    images = to_batch(fit_arguments["content"]), to_batch(fit_arguments["style"])
    for loss in tiny_losses():
        weight = {loss.name: TINY_WEIGHTS[loss.name]}
        alone = Objective(Recipe(TinyExtractor(), [loss], weight), *images)(to_batch(trainer.image))
        norm = np.linalg.norm(alone.gradient)
        assert reports[loss.name].gradient_norm == pytest.approx(norm, rel=1e-4)


def test_a_term_without_a_weight_is_not_evaluated() -> None:
    calls = []

    class Counted:
        def __call__(self, image: Any, weights: Any = None) -> Evaluation:
            calls.append(weights)
            return Evaluation(3.0, {"first": 3.0, "second": 0.0}, np.full((1, 2, 2, 3), 0.5))

    reports = measure_terms(
        Counted(), {"first": 2.0, "second": 0.0}, np.zeros((1, 2, 2, 3), np.float32)
    )
    assert calls == [{"first": 1.0, "second": 0.0}]
    assert reports["first"] == TermReport(6.0, pytest.approx(2 * 0.5 * 12**0.5), 1.0)
    assert reports["second"] == TermReport(0.0, 0.0, 0.0)


def test_a_run_with_shares_resumes_exactly_from_a_checkpoint(
    balanced: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    balanced.fit(**fit_arguments)
    in_one_go, weights = balanced.image, balanced.loss_weights
    callbacks = [Checkpoint(tmp_path / "run.npz")]
    balanced.fit(**{**fit_arguments, "epochs": 1, "callbacks": callbacks})
    again = Trainer(TinyExtractor())
    again.compile(tiny_losses(), gradient_shares=SHARES, precision="float32")
    again.fit(**fit_arguments, resume_from=tmp_path / "run.npz")
    np.testing.assert_array_equal(again.image, in_one_go)
    assert again.loss_weights == weights


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([0.5, 0.5], r"one share for each of the losses.*content_loss"),
        ({"content_loss": 1.0}, r"one share for each"),
        ([0.0, 0.0, 0.0], r"above 0"),
        ([0.5, -0.1, 0.6], r"gradient_shares"),
    ],
)
def test_bad_shares(shares: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Trainer(TinyExtractor()).compile(tiny_losses(), gradient_shares=shares, precision="float32")


def test_weights_and_shares_cannot_be_combined() -> None:
    with pytest.raises(ValueError, match=r"loss_weights or gradient_shares.*both"):
        Trainer(TinyExtractor()).compile(
            tiny_losses(), loss_weights=[1, 1, 1], gradient_shares=SHARES
        )
