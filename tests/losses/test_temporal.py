"""The temporal loss: the frame it follows, and where."""

from __future__ import annotations

import numpy as np
import pytest

from nst_framework import TemporalLoss, Trainer


def test_the_mean_square_counts_where_it_is_trusted(tiny_extractor, content, style) -> None:  # type: ignore[no-untyped-def]
    trainer, loss = Trainer(tiny_extractor), TemporalLoss()
    trainer.compile(loss, [1.0])
    height, width, _ = content.shape
    trust = np.zeros((height, width))
    trust[0, :2] = 1, 0.5
    loss.follow(np.zeros(content.shape), trust)
    trainer.fit(content, style, size=None, epochs=1, steps_per_epoch=1, verbose=0)
    image = np.full(content.shape, 6, np.uint8)
    expected = (1 + 0.5) * 36 / (height * width)
    assert trainer.evaluate(image)["loss"] == pytest.approx(expected)


def test_the_loss_is_zero_without_a_frame_to_follow(tiny_extractor, content, style) -> None:  # type: ignore[no-untyped-def]
    trainer = Trainer(tiny_extractor)
    trainer.compile(TemporalLoss())
    trainer.fit(content, style, size=None, epochs=1, steps_per_epoch=1, verbose=0)
    assert trainer.evaluate()["loss"] == 0


def test_frames_of_another_size_are_refused(tiny_extractor, content, style) -> None:  # type: ignore[no-untyped-def]
    trainer, loss = Trainer(tiny_extractor), TemporalLoss()
    with pytest.raises(ValueError, match="trust"):
        loss.follow(np.zeros((4, 5, 3)), np.zeros((5, 4)))
    trainer.compile(loss)
    loss.follow(np.zeros((4, 5, 3)), np.zeros((4, 5)))
    with pytest.raises(ValueError, match="content's size"):
        trainer.fit(content, style, size=None, epochs=1, verbose=0)
