r"""Statistics of a region: of the features where a mask is white.

Gatys et al. multiply the features by the mask, and so guide Gram matrices:

$$ F_r = T_r \circ F, \quad G_r = F_r^T F_r, \quad \sum_k (T_r)_k^2 = 1 $$

That is the Gram matrix's mean over positions with the weights $g_k = (T_r)_k^2$, and so it is said
here, since it holds for every statistic: a region's statistic is that of the features at its
positions. No loss has to know of masks for that; it is given fewer positions.

Source: Gatys, Ecker, Bethge, Hertzmann and Shechtman, "Controlling perceptual factors in neural
style transfer", CVPR 2017, section 4 on spatial control.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from PIL import Image

from ..extractors.base import FeatureExtractor
from ..losses.base import IMAGE, Loss

LEVELS = 8
"""Weights are counted in eighths, so that positions of one weight are taken together."""


def check_guidable(losses: Sequence[Loss]) -> None:
    """Raises a `ValueError` if a loss that has the style as its target needs positions in order."""
    for loss in losses:
        if loss.target == "style" and not loss.ignores_order:
            raise ValueError(
                "Expected losses whose value does not depend on the order of positions, for styles "
                f"with masks. Received: {type(loss).__name__}, whose `ignores_order` is False. Use "
                "another loss or no masks; if its value is the same for shuffled positions, set "
                "ignores_order = True in the class."
            )
        by_position = loss.mean_over_positions == "compare" or loss.window > 1
        if loss.target == "style" and by_position:
            raise ValueError(
                "Expected losses that take each position by itself, for styles with masks. "
                f"Received: {type(loss).__name__}, with mean_over_positions="
                f"{loss.mean_over_positions!r} and window={loss.window}. Use another loss or no "
                "masks."
            )
        if loss.target == "style" and type(loss).represent_layers is not Loss.represent_layers:
            raise ValueError(
                "Expected losses that take a statistic of each layer by itself, for styles with "
                f"masks. Received: {type(loss).__name__}, which has a represent_layers of its own. "
                "Use another loss or no masks."
            )


def mask_levels(
    mask: np.ndarray, layer: str, shape: tuple[int, int], extractor: FeatureExtractor, name: str
) -> np.ndarray:
    """A mask at the resolution of a layer, in eighths.

    Args:
        mask: Array `(height, width)` of the image's size, from 0 to 1.
        layer: The layer's name.
        shape: Height and width of its features.
        extractor: The network, which says which pixels a feature belongs to.
        name: What errors call the mask.

    Returns:
        Array like the features, uint8 from 0 to `LEVELS`: the mean over each feature's pixels.

    Raises:
        ValueError: If nothing of the mask is left.
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
            f"Expected {name} to have a region that is large enough for layer {layer!r}. "
            f"Received: one that is less than a {2 * LEVELS}th of each of its features. Paint a "
            "larger region, choose a larger size or shallower layers."
        )
    return levels


def guided_share(loss: Loss, features: Any, levels: np.ndarray, total: int) -> Any:
    """The part that some features have in a statistic of a region.

    Args:
        loss: A loss that ignores the order of positions.
        features: Tensor `(1, height, width, channels)`.
        levels: Their levels, array `(height, width)`; not 0 everywhere.
        total: Sum of the levels of all features of the layer. If `features` are all of them, the
            part is the statistic itself.

    Returns:
        What `loss.represent` returns. A statistic that is a mean over positions counts each of
        them by its level. Others have all positions whose level is at least a half of the highest.
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
    """The features at some positions, as one row."""
    if chosen.all():
        return features
    positions = np.flatnonzero(chosen).astype(np.int32)
    matrix = ops.reshape(features, (chosen.size, features.shape[-1]))
    return ops.take(matrix, positions, axis=0)[None, None]
