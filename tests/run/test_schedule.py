"""Runs in stages, each with its own scale, weights, steps and optimizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from conftest import TINY_WEIGHTS, TinyExtractor, tiny_losses

from nst_framework import (
    ContentLoss,
    FeatureSplittingLoss,
    NeuralNeighborsLoss,
    RelaxedEarthMoverLoss,
    Stage,
    Style,
    StyleLoss,
    Trainer,
    read_image,
)
from nst_framework.run.schedule import parse_stage
from nst_framework.run.state import RunState

FitArguments = dict[str, Any]
NEIGHBORS = NeuralNeighborsLoss(["first", "second"], name="neighbors")
SPLITTING = FeatureSplittingLoss(["first", "second"], name="splitting")
IN_STAGES = (
    Stage(0.5, {"splitting": 0}, steps=3),
    Stage(1, {"splitting": 0}, steps=4, content_detail=True),
    Stage(1, {"neighbors": 0}, optimizer="adam"),
)


@pytest.fixture
def arguments(fit_arguments: FitArguments) -> FitArguments:
    """The arguments of `fit`, without a number of epochs."""
    del fit_arguments["epochs"]
    return {**fit_arguments, "size": 26}


def compiled(*losses: Any, **arguments: Any) -> Trainer:
    trainer = Trainer(TinyExtractor())
    trainer.compile(losses or tiny_losses(), **{"precision": "float32", **arguments})
    return trainer


class Watch(keras.callbacks.Callback):
    """Records each epoch's optimizer, steps, logs and images."""

    def on_train_begin(self, logs: Any = None) -> None:
        self.epochs: list[dict[str, Any]] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epochs.append({"first": self.model.state.image.copy(), "steps": 0})

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.epochs[-1]["steps"] += 1

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        kind = type(self.model.optimizer.optimizer if epoch == 2 else self.model.optimizer)
        last = self.model.state.image.copy()
        self.epochs[-1].update(optimizer=kind.__name__, logs=dict(logs), last=last)


def test_each_stage_has_its_scale_weights_steps_and_optimizer(arguments: FitArguments) -> None:
    watch = Watch()
    trainer = compiled(NEIGHBORS, SPLITTING, schedule=IN_STAGES)
    history = trainer.fit(**arguments, callbacks=[watch])
    assert [epoch["steps"] for epoch in watch.epochs] == [3, 4, 5]
    kinds = [epoch["optimizer"] for epoch in watch.epochs]
    assert kinds == ["ProjectedLBFGS", "ProjectedLBFGS", "Adam"]
    assert history.history["size"] == [13, 26, 26]
    assert history.history["splitting"][:2] == [0, 0]
    assert history.history["neighbors"][2] == 0
    assert history.history["neighbors"][0] > 0
    assert history.history["splitting"][2] > 0
    assert trainer.state.best_loss <= history.history["loss"][2], "only the last stage counts"


def test_a_larger_stage_may_begin_with_the_contents_details(arguments: FitArguments) -> None:
    without_content = {"content_loss": 0.0}
    for own, weights, detail in (
        (False, None, False),
        (True, without_content, True),
        (None, None, True),
        (None, without_content, False),
    ):
        watch = Watch()
        stages = (Stage(0.5, steps=2), Stage(1, weights, steps=2, content_detail=own))
        trainer = compiled(loss_weights=TINY_WEIGHTS, schedule=stages)
        trainer.fit(**arguments, callbacks=[watch])
        small = np.rint(watch.epochs[0]["last"][0]).astype(np.uint8)
        expected = read_image(small, shape=(20, 26)).astype(np.float32)
        if detail:
            content = arguments["content"]
            coarse = read_image(read_image(content, shape=(10, 13)), shape=(20, 26))
            expected = np.clip(expected + content - coarse.astype(np.float32), 0, 255)
        np.testing.assert_array_equal(watch.epochs[1]["first"][0], expected)


@pytest.mark.parametrize("step", [2, 3, 5, 7, 9])
def test_a_run_in_stages_resumes_bit_for_bit(
    step: int, arguments: FitArguments, tmp_path: Path
) -> None:
    class Keep(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if self.model.state.step == step:
                self.model.save(tmp_path / "run.npz")

    whole = compiled(NEIGHBORS, SPLITTING, schedule=IN_STAGES)
    whole.fit(**arguments, callbacks=[Keep()])
    assert RunState.load(tmp_path / "run.npz").step == step
    again = compiled(NEIGHBORS, SPLITTING, schedule=IN_STAGES)
    again.fit(**arguments, resume_from=tmp_path / "run.npz")
    np.testing.assert_array_equal(again.state.image, whole.state.image)
    assert again.history.history == whole.history.history
    assert again.state.best_loss == whole.state.best_loss


def test_targets_are_prepared_once_an_epoch(arguments: FitArguments) -> None:
    calls = []

    class Counting(NeuralNeighborsLoss):
        def prepare(self, targets: Any, content: Any, image: Any) -> Any:
            calls.append(np.asarray(image["first"]).shape)
            return super().prepare(targets, content, image)

    trainer = compiled(Counting(["first", "second"]), scales=(0.5, 1))
    trainer.fit(**arguments, epochs=3)
    assert len(calls) == 3
    with pytest.raises(ValueError, match="overrides `prepare`|mean_over_positions"):
        compiled(Counting(["first"]), tile_size=32).fit(**arguments)


@pytest.mark.parametrize("tile_size", [None, 32])
def test_a_style_from_four_sides_is_the_mean_of_its_gram_matrices(
    tile_size: int | None, arguments: FitArguments
) -> None:
    style = arguments["style"]
    trainer = compiled(ContentLoss(["second"]), StyleLoss(["first"]), tile_size=tile_size)

    def style_loss(given: Any) -> float:
        trainer.fit(**{**arguments, "style": given, "epochs": 1, "steps_per_epoch": 1})
        return trainer.evaluate(arguments["content"])["style_loss"]

    def gram(image: np.ndarray) -> np.ndarray:
        features = trainer.extractor(image[None].astype(np.float32), ["first"])["first"]
        flat = keras.ops.convert_to_numpy(features).reshape(-1, 6)
        return flat.T @ flat / len(flat)

    style = read_image(style, size=26)
    mean = np.mean([gram(np.rot90(style, turn).copy()) for turn in range(4)], axis=0)
    expected = np.mean((gram(read_image(arguments["content"], size=26)) - mean) ** 2) / 4
    found = style_loss(Style(arguments["style"], rotations=(0, 90, 180, 270)))
    assert found == pytest.approx(trainer.loss_weights["style_loss"] * expected, rel=1e-4)
    assert abs(style_loss(arguments["style"]) - found) > 1e-3 * found


def test_bad_schedules_and_rotations(arguments: FitArguments) -> None:
    for schedule, message in (
        ([Stage(1), Stage(0.5)], "scales never decrease"),
        ([], "scales never decrease"),
        ([0.5, 1], "Pass a list of `nst_framework.Stage`"),
        ([Stage(1, {"no_loss": 1})], "no_loss"),
        ([Stage(1, dict.fromkeys(TINY_WEIGHTS, 0))], "not all of them 0"),
    ):
        with pytest.raises(ValueError, match=message):
            compiled(schedule=schedule)
    with pytest.raises(ValueError, match="not both"):
        compiled(scales=(0.5, 1), schedule=[Stage(1)])
    with pytest.raises(ValueError, match="steps"):
        Stage(1, steps=0)
    with pytest.raises(ValueError, match=r"rotations=\(45,\)"):
        Style(arguments["style"], rotations=(45,))
    turned = Style(arguments["style"], rotations=(0, 90))
    with pytest.raises(ValueError, match="without its own `join`"):
        compiled(RelaxedEarthMoverLoss(["first"])).fit(**{**arguments, "style": turned})


def test_stages_as_text() -> None:
    text = "scale=0.5,steps=20,style_loss=2,optimizer=adam,content_detail=yes"
    stage = parse_stage(text)
    assert (stage.scale, stage.steps, stage.content_detail) == (0.5, 20, True)
    assert stage.loss_weights == {"style_loss": 2.0}
    assert parse_stage("scale=1").loss_weights is None
    for wrong in ("scale", "scale=a", "steps=1.5", "content_detail=1", "steps=1,steps=2"):
        with pytest.raises(ValueError, match="--stage"):
            parse_stage(wrong)
