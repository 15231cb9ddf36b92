"""Local patterns: how similar the result's patches are to the style's, and how diverse."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from ..losses.sampling import sample_patches
from .features import Features, check_same_layers

PATCH_SIZE = 3
PATCHES_AT_ONCE = 4096
SMOOTHING = 1e-12
"""Added to squared norms, because a patch of zeros has no direction."""


def local_patterns(
    result: Features, style: Features, samples: int = 1024, seed: int = 0
) -> dict[str, float]:
    r"""The similarity of the result's patches to the style's, and the diversity of the matches.

    $$ LP = \frac{LP_1 + LP_2}{2}, \quad
       LP_1 = \frac{1}{L} \sum_l \frac{1}{m_l} \sum_{i=1}^{m_l} \max_j
       \cos(\Psi_i(F^l), \Psi_j(A^l)), \quad
       LP_2 = \frac{1}{L} \sum_l \frac{t^l_{cm}}{t^l_s} $$

    Here, $\Psi$ are patches of 3 x 3 positions and all channels of the features $F^l$ of the result
    and $A^l$ of the style. $t_{cm}$ is the number of distinct style patches that best match the
    result's patches; $t_s$ is the same number for the style's own patches, each of which matches
    itself unless the style contains a duplicate. A result that repeats a single stroke therefore
    has a high $LP_1$ but a low $LP_2$.

    Source: Wang, Zhao, Chen, Zuo, Li, Xing and Lu, "Evaluate and improve the quality of neural
    style transfer", Computer Vision and Image Understanding 207, 2021, on local patterns. The
    paper's full text was not available: this definition of $t_s$ is our own. So is its upper limit,
    the number of the result's patches, which lets a result smaller than the style reach 1.

    Example:
    ```python
    layers = ["block3_conv1", "block4_conv1"]
    patterns = local_patterns(extractor(result, layers), extractor(style, layers))
    ```

    Args:
        result: `{layer: features (1, height, width, channels)}` of the result.
        style: The same for the style; its size may differ.
        samples: Maximum number of patches of the result, and of the style for $t_s$, that are
            matched with all patches of the style. Fewer samples give a higher $LP_2$, so compare
            only values with the same `samples`.
        seed: Seed for the sampling.

    Returns:
        A dictionary of `"local_patterns"` and its parts `"patch_similarity"` ($LP_1$) and
        `"patch_diversity"` ($LP_2$), from 0 to 1 if no features are negative; higher means more of
        the style. All are 1 for the style itself.

    Raises:
        ValueError: If the layers differ, or one has fewer than 3 x 3 positions.
    """
    check_same_layers(result, style)
    similarities: list[float] = []
    diversities: list[float] = []
    for layer in result:
        _check_size("result", layer, result[layer])
        _check_size("style", layer, style[layer])
        own = sample_patches(style[layer], PATCH_SIZE, samples, seed)
        patches = sample_patches(result[layer], PATCH_SIZE, samples, seed)
        count = patches.shape[0]
        # Both in one call, because each call extracts the style's patches again.
        cosines, matches = best_matches(ops.concatenate([patches, own]), style[layer])
        attainable = min(len(np.unique(matches[count:])), count)
        similarities.append(float(cosines[:count].mean(dtype=np.float64)))
        diversities.append(min(1.0, len(np.unique(matches[:count])) / attainable))
    patch_similarity, patch_diversity = float(np.mean(similarities)), float(np.mean(diversities))
    return {
        "local_patterns": (patch_similarity + patch_diversity) / 2,
        "patch_similarity": patch_similarity,
        "patch_diversity": patch_diversity,
    }


def best_matches(
    patches: Any, style: Any, at_once: int = PATCHES_AT_ONCE
) -> tuple[np.ndarray, np.ndarray]:
    """Finds, for each patch, the patch of the style with the highest cosine.

    Patches are `(patches, 9 * channels)`. The style is features `(1, height, width, channels)`, of
    which about `at_once` patches are in memory at a time. Returns the cosines `(patches,)` and the
    indices `(patches,)` of the matches, counted row by row in the style.
    """
    patches = _directions(patches)
    rows, columns = (side - PATCH_SIZE + 1 for side in style.shape[1:3])
    step = max(1, at_once // columns)
    best = np.full(patches.shape[0], -np.inf, np.float32)
    matches = np.zeros(patches.shape[0], np.int64)
    for row in range(0, rows, step):
        strip = style[:, row : row + step + PATCH_SIZE - 1]
        candidates = _directions(sample_patches(strip, PATCH_SIZE, rows * columns, seed=0))
        cosines = ops.matmul(patches, ops.transpose(candidates))
        nearest = ops.convert_to_numpy(ops.argmax(cosines, axis=1))
        cosine = ops.convert_to_numpy(ops.max(cosines, axis=1))
        better = cosine > best
        best[better] = cosine[better]
        matches[better] = nearest[better] + row * columns
    return best, matches


def _directions(patches: Any) -> Any:
    return patches / ops.sqrt(ops.sum(patches**2, axis=1, keepdims=True) + SMOOTHING)


def _check_size(name: str, layer: str, features: Any) -> None:
    height, width = features.shape[1:3]
    if min(height, width) < PATCH_SIZE:
        raise ValueError(
            f"Expected the {name} to have at least {PATCH_SIZE} x {PATCH_SIZE} positions in "
            f"{layer}, enough for one patch. Received: {height} x {width}. Choose a larger size or "
            "shallower layers."
        )
