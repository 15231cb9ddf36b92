"""The margin equals NumPy's symmetric padding on every backend."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from keras import ops

from nst_framework import FeatureExtractor, RandomFeatureExtractor, VGG16FeatureExtractor
from nst_framework.extractors.margin import mirror


@pytest.mark.parametrize("margin", [0, 1, 2, 5])
@pytest.mark.parametrize("shape", [(1, 5, 7, 3), (1, 5, 5, 1)])
def test_the_margin_is_the_mirror_image(shape: tuple[int, ...], margin: int) -> None:
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    expected = np.pad(image, ((0, 0), (margin, margin), (margin, margin), (0, 0)), "symmetric")
    actual = ops.convert_to_numpy(mirror(ops.convert_to_tensor(image), margin))
    np.testing.assert_array_equal(actual, expected)


def test_an_image_smaller_than_its_margin() -> None:
    with pytest.raises(ValueError, match="at least 6 x 6 pixels.*Received: 7 x 5 pixels"):
        mirror(ops.zeros((1, 5, 7, 3)), 6)


@pytest.mark.parametrize(
    ("make_extractor", "layer"),
    [
        (lambda: VGG16FeatureExtractor(weights=None), "block1_conv1"),
        (lambda: RandomFeatureExtractor(filters=1, sizes=(3,)), "filters_3"),
    ],
)
def test_networks_do_not_pad_with_keras(
    make_extractor: Callable[[], FeatureExtractor], layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor = make_extractor()
    # On PyTorch, Keras's symmetric padding repeats the outermost pixels instead.
    monkeypatch.setattr(ops, "pad", lambda *_, **__: pytest.fail("ops.pad differs by backend"))
    assert extractor(ops.zeros((1, 16, 16, 3)), [layer])[layer].shape[1:3] == (16, 16)
