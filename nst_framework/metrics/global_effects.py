"""Global effects: whether the result has the style's colours and textures, wherever they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..defaults import STYLE_LAYERS
from ..extractors.base import FeatureExtractor
from .features import cosine, gram_matrices


def global_effects(
    result: np.ndarray,
    style: np.ndarray,
    extractor: FeatureExtractor,
    layers: Sequence[str] = STYLE_LAYERS,
    bins: int = 256,
) -> dict[str, float]:
    r"""The colours and the textures that the result has in common with the style.

    $$ GE = \frac{GC + HT}{2}, \quad GC = \frac{1}{3} \sum_c \cos(h_c(I), h_c(I_s)), \quad
       HT = \frac{1}{L} \sum_l \cos(G^l, A^l) $$

    with the histogram $h_c$ of a channel and the Gram matrices $G^l$ of the result, $A^l$ of the
    style.

    Source: Wang et al., "Evaluate and improve the quality of neural style transfer", Computer
    Vision and Image Understanding 207, 2021, on global effects. The paper's number of bins was not
    at hand; here each of the 256 values has its own.

    Example:
    ```python
    effects = global_effects(result, style, VGG16FeatureExtractor())["global_effects"]
    ```

    Args:
        result: Array `(height, width, 3)`, uint8.
        style: Array `(height, width, 3)`, uint8; its size may be another one.
        extractor: The network.
        layers: Names of layers; by default those of the style loss.
        bins: How many bins of equal width a histogram has. Fewer of them forgive small shifts of
            colour.

    Returns:
        `"global_effects"` and its parts `"global_colors"` and `"holistic_textures"`, from 0 to 1;
        the higher, the more of the style. 1 for the style itself.

    Raises:
        ValueError: If a layer is unknown, or an image is too small for them.
    """
    colors = float(
        np.mean(
            [
                cosine(_histogram(result[..., c], bins), _histogram(style[..., c], bins))
                for c in range(3)
            ]
        )
    )
    of_result = gram_matrices(extractor, result, layers, "the result")
    of_style = gram_matrices(extractor, style, layers, "the style")
    textures = float(np.mean([cosine(of_result[layer], of_style[layer]) for layer in layers]))
    return {
        "global_effects": (colors + textures) / 2,
        "global_colors": colors,
        "holistic_textures": textures,
    }


def _histogram(channel: np.ndarray, bins: int) -> np.ndarray:
    return np.histogram(channel, bins, range=(0, 256))[0]
