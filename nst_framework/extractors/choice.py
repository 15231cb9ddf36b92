"""The extractor that `Trainer` was given, or one that wraps a Keras model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import keras

from .base import FeatureExtractor
from .keras_model import KerasFeatureExtractor

Network: TypeAlias = FeatureExtractor | keras.Model

Preprocess: TypeAlias = Callable[[Any], Any] | None
"""From an image `(1, height, width, 3)`, RGB, 0 to 255, to a model's input; `None`: as it is."""


def as_extractor(extractor: Network, preprocess: Preprocess = None) -> FeatureExtractor:
    """The extractor itself, or a Keras model wrapped together with its preprocessing.

    Raises:
        ValueError: If it is neither, the model cannot be used, or an extractor, which does its own
            preprocessing, is given a function for it.
    """
    if isinstance(extractor, keras.Model):
        return KerasFeatureExtractor(extractor, preprocess)
    if not isinstance(extractor, FeatureExtractor):
        raise ValueError(
            "Invalid value for argument `extractor`. Expected a FeatureExtractor or a Keras model. "
            f"Received: extractor={extractor!r}. Pass an instance such as VGG16FeatureExtractor()."
        )
    if preprocess is not None:
        raise ValueError(
            "Expected no preprocess with a FeatureExtractor, which has a preprocess of its own. "
            f"Received: preprocess={preprocess!r}. Leave it out, or pass a Keras model."
        )
    return extractor
