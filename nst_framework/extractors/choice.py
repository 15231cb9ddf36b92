"""The extractor passed to `Trainer`, or one that wraps the Keras model passed instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import keras

from .base import FeatureExtractor
from .keras_model import KerasFeatureExtractor

Network: TypeAlias = FeatureExtractor | keras.Model

Preprocess: TypeAlias = Callable[[Any], Any] | None
"""From an image `(1, height, width, 3)`, RGB, 0 to 255, to a model's input; `None`: no change."""


def as_extractor(extractor: Network, preprocess: Preprocess = None) -> FeatureExtractor:
    """Returns an extractor unchanged, and wraps a Keras model together with its preprocessing.

    Args:
        extractor: The extractor or the Keras model.
        preprocess: The model's preprocessing.

    Returns:
        The extractor, or a `KerasFeatureExtractor` of the model.

    Raises:
        ValueError: If `extractor` is neither, if the model cannot be used, or if `preprocess` is
            given for an extractor, which has its own.
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
