"""The checks of an extractor's image sizes: the minimum and larger ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from keras import ops

from ..extractors.base import FeatureExtractor
from .requirements import require, require_no_error
from .trials import ExtractorTrial


def check_minimum_size(extractor: FeatureExtractor, layers: Sequence[str]) -> None:
    """The minimum size is a number of pixels that suffices for each layer and for all."""
    for layer in layers:
        _check_minimum_size(extractor, [layer])
    _check_minimum_size(extractor, list(layers))


def _check_minimum_size(extractor: FeatureExtractor, layers: list[str]) -> None:
    name, side = type(extractor).__name__, extractor.minimum_size(layers)
    require(
        isinstance(side, int) and side >= 1,
        f"{name}.minimum_size({layers!r}) returned {side!r}, where a whole number of pixels is "
        "expected.",
    )
    pixels = np.random.default_rng(2).uniform(0, 255, (1, side, side, 3)).astype(np.float32)
    image = ops.convert_to_tensor(pixels)
    advice = (
        f"{name} has no features of {', '.join(layers)} for an image of {side} x {side} pixels, "
        f"although minimum_size({layers!r}) is {side}: return a larger size."
    )
    require_no_error(lambda: extractor(image, layers), advice)
    features = extractor(image, layers)
    require(all(min(array.shape[1:3], default=1) > 0 for array in features.values()), advice)


def check_other_sizes(trial: ExtractorTrial) -> None:
    """An image twice as high and wide works and has the same number of channels."""
    before = trial.features(trial.image, trial.layers)
    after = trial.features(np.tile(trial.image, (1, 2, 2, 1)), trial.layers)
    for layer in trial.layers:
        channels, channels_twice = before[layer].shape[-1], after[layer].shape[-1]
        require(
            channels == channels_twice,
            f"{trial.name} has {channels} channels at layer {layer!r} for one image and "
            f"{channels_twice} for one twice as high and wide: put channels last, and make their "
            "number independent of the image.",
        )
        require(
            bool(np.isfinite(after[layer]).all()),
            f"{trial.name} returned features that are not finite at layer {layer!r} for an image "
            "twice as high and wide.",
        )
