"""The same evaluation returns the same bits, so that a run can be reproduced."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from nst_framework import (
    ContentLoss,
    Objective,
    Recipe,
    StyleImage,
    StyleLoss,
    TotalVariationLoss,
    VGG16FeatureExtractor,
)
from nst_framework.images.pixels import to_batch

SIZE = 256 if keras.backend.backend() == "tensorflow" else 128
"""Large enough on TensorFlow that several threads, finishing in any order, compute parts of a
gradient at once. The other backends need no such size."""


pytestmark = [pytest.mark.slow] if keras.backend.backend() == "tensorflow" else []


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_an_evaluation_returns_the_same_bits_each_time(precision: str) -> None:
    generator = np.random.default_rng(0)
    content, style, image = (
        generator.integers(0, 256, (SIZE // 8, SIZE // 8, 3), dtype=np.uint8)
        .repeat(8, 0)
        .repeat(8, 1)
        for _ in range(3)
    )
    slope = np.tile(np.linspace(0, 1, SIZE, dtype=np.float32), (SIZE, 1))
    losses = [ContentLoss(), StyleLoss(), TotalVariationLoss()]
    objective = Objective(
        Recipe(
            VGG16FeatureExtractor(),
            losses,
            {loss.name: loss.default_weight for loss in losses},
            precision,
        ),
        to_batch(content),
        [StyleImage(style, 0.5, None, slope), StyleImage(style[::-1].copy(), 0.5)],
    )
    first = objective(to_batch(image))
    for _ in range(10):
        again = objective(to_batch(image))
        assert again.terms == first.terms
        np.testing.assert_array_equal(again.gradient, first.gradient)
