"""Small style networks and objectives for tests, without VGG16."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from skimage import data

from nst_framework import (
    ContentLoss,
    RandomFeatureExtractor,
    StyleLoss,
    StyleNetwork,
    StyleObjective,
    TotalVariationLoss,
)

STYLES = (
    data.coffee()[::12, ::12],
    data.immunohistochemistry()[::14, ::14],
    data.retina()[::40, ::40],
)
"""Styles of about 40 pixels."""


def random_network(
    styles: int = 1, width: int = 2, blocks: int = 1, dtype: Any = None
) -> StyleNetwork:
    """A network with random scales, offsets and kernels, as after training."""
    network = StyleNetwork(styles, width, blocks, dtype=dtype)
    random = np.random.default_rng(3)
    for block in network.sequence:
        for weight, middle in ((block.normalization.gamma, 1), (block.normalization.beta, 0)):
            weight.assign(random.normal(middle, 0.3, weight.shape))
        kernel = block.convolution.kernel
        kernel.assign(random.normal(0, 0.3, kernel.shape))
    kernel, bias = network.painting.weights
    kernel.assign(random.normal(0, 0.7 / np.sqrt(81 * width), kernel.shape))
    bias.assign(random.normal(0, 0.3, bias.shape))
    return network


def tiny_objective(styles: int = 1, losses: Sequence[Any] | None = None) -> StyleObjective:
    """An objective with random features."""
    extractor = RandomFeatureExtractor(filters=4, sizes=(3, 5))
    if losses is None:
        content, style = ContentLoss(["filters_5"]), StyleLoss(["filters_3", "filters_5"])
        losses = [content, style, TotalVariationLoss()]
    return StyleObjective(extractor, losses, STYLES[:styles], style_size=32)


def to_numpy(tensor: Any) -> np.ndarray:
    """A tensor of any backend as a NumPy array."""
    return np.asarray(keras.ops.convert_to_numpy(tensor))
