"""What the abstract extractor does for its subclasses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import TinyExtractor
from keras import ops

from nst_framework import FeatureExtractor


class Halves(FeatureExtractor):
    layer_names = ("half", "quarter")

    def preprocess(self, image: Any) -> Any:
        return image - 100.0

    def call(self, image: Any, layers: Any) -> dict[str, Any]:
        self.seen = image.dtype
        features = {"half": image / 2, "quarter": image / 4, "not asked for": image}
        return features


def test_the_image_is_preprocessed_and_only_what_was_asked_for_returned() -> None:
    features = Halves()(ops.full((1, 2, 2, 3), 108.0), ["quarter"])
    assert list(features) == ["quarter"]
    np.testing.assert_allclose(features["quarter"], 2.0)


def test_the_network_may_compute_in_a_shorter_type() -> None:
    extractor = Halves()
    features = extractor(ops.full((1, 2, 2, 3), 108.0), ["half"], compute_dtype="bfloat16")
    assert "bfloat16" in str(extractor.seen)
    assert "float32" in str(features["half"].dtype)


def test_an_unknown_layer_is_answered_with_the_right_ones() -> None:
    with pytest.raises(ValueError, match="'halv' for Halves. Did you mean 'half'.*half, quarter"):
        Halves()(ops.zeros((1, 2, 2, 3)), ["halv"])


def test_configuration_round_trip() -> None:
    extractor = TinyExtractor(seed=4)
    assert TinyExtractor.from_config(extractor.get_config()).get_config() == {"seed": 4}
