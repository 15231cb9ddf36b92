r"""Statistics of the features in a region, which a mask marks in white.

Gatys et al. guide Gram matrices by multiplying the features by the mask:

$$ F_r = T_r \circ F, \quad G_r = F_r^T F_r, \quad \sum_k (T_r)_k^2 = 1 $$

This is a mean over positions, like a Gram matrix, with the weights $g_k = (T_r)_k^2$. In that
form it extends to every statistic: the statistic of a region is that of the features at its
positions. Losses therefore need no code for masks; they only receive fewer positions.

Source: Gatys, Ecker, Bethge, Hertzmann and Shechtman, "Controlling perceptual factors in neural
style transfer", CVPR 2017, section 4 on spatial control.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from PIL import Image

from ..extractors.base import FeatureExtractor
from ..losses.base import IMAGE, Loss

LEVELS = 8
"""Weights are rounded to eighths, so that positions of equal weight can be grouped."""


def mask_levels(
    mask: np.ndarray, layer: str, shape: tuple[int, int], extractor: FeatureExtractor, name: str
) -> np.ndarray:
    """Resizes a mask `(height, width)`, 0 to 1, to `shape`, the height and width of a layer.

    The result is uint8, 0 to `LEVELS`: the mean over the pixels of each feature, in eighths.
    """
    field = None if layer == IMAGE else extractor.receptive_field(layer)
    height, width = mask.shape
    if field is not None:
        height, width = shape[0] * field.stride, shape[1] * field.stride
    resized = Image.fromarray(mask).resize(
        shape[::-1], Image.Resampling.BOX, box=(0, 0, width, height)
    )
    levels = np.rint(np.clip(np.asarray(resized), 0, 1) * LEVELS).astype(np.uint8)
    if not levels.any():
        raise ValueError(
            f"Expected {name} to mark a region large enough for layer {layer!r}. Received: a "
            f"region that covers less than 1/{2 * LEVELS} of every feature. Paint a larger region, "
            "or choose a larger size or shallower layers."
        )
    return levels


def guided_part(loss: Loss, features: Any, levels: np.ndarray, total: int) -> Any:
    """The contribution of features `(1, height, width, channels)` to a region's statistic.

    `levels`, `(height, width)`, are the features' levels, not all 0, and `total` is the sum of
    levels over the layer. If the features cover the whole layer, the contribution is the statistic
    itself. A mean over positions weights each position by its level. Other statistics use all
    positions whose level is at least half the highest.
    """
    if loss.mean_over_positions is None:
        chosen = levels >= levels.max() / 2
        return loss.represent(_take(features, chosen))
    parts = []
    for level in np.unique(levels[levels > 0]):
        chosen = levels == level
        weight = int(level) * int(chosen.sum()) / total
        represented = loss.represent(_take(features, chosen))
        if chosen.all() and weight == 1:
            return represented
        parts.append(
            keras.tree.map_structure(lambda mean, weight=weight: weight * mean, represented)
        )
    return keras.tree.map_structure(lambda *means: sum(means[1:], means[0]), *parts)


def _take(features: Any, chosen: np.ndarray) -> Any:
    """The features at the chosen positions, as one row."""
    if chosen.all():
        return features
    positions = np.flatnonzero(chosen).astype(np.int32)
    matrix = ops.reshape(features, (chosen.size, features.shape[-1]))
    return ops.take(matrix, positions, axis=0)[None, None]
