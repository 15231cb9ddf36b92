"""The distance between Gram matrices: whether textures match the style's in strength, too."""

from __future__ import annotations

import numpy as np

from .features import Features, check_same_layers, gram_matrices


def gram_distance(result: Features, style: Features) -> float:
    r"""The mean over layers of the relative squared distance between the Gram matrices.

    $$ D = \frac{1}{L} \sum_l \frac{\lVert G^l - A^l \rVert^2}{\lVert A^l \rVert^2} $$

    with the Gram matrices $G^l$ of the result and $A^l$ of the style. Unlike a cosine, it takes the
    strength of the features into account. It is most informative in layers that the loss did not
    use: in those that it did use, the distance is small for every result.

    Source: the style representation of Gatys, Ecker and Bethge, "Image style transfer using
    convolutional neural networks", CVPR 2016, equation 3; the relative distance is our own.

    Example:
    ```python
    layers = ["block1_conv2", "block2_conv2"]
    distance = gram_distance(extractor(result, layers), extractor(style, layers))
    ```

    Args:
        result: `{layer: features (1, height, width, channels)}` of the result.
        style: The same for the style; its size may differ.

    Returns:
        0 for the style itself, 1 for a result without any features; no upper limit. Lower means
        more of the style.

    Raises:
        ValueError: If the layers differ, or the style has no features at all in one of them.
    """
    check_same_layers(result, style)
    of_result, of_style = gram_matrices(result), gram_matrices(style)
    for layer in of_style:
        if not of_style[layer].any():
            raise ValueError(
                f"Expected a style that has features in {layer}. Received: only zeros. Choose "
                "other layers, or a style that is not one flat colour."
            )
    distances = [
        np.sum((of_result[layer] - of_style[layer]) ** 2, dtype=np.float64)
        / np.sum(of_style[layer] ** 2, dtype=np.float64)
        for layer in of_style
    ]
    return float(np.mean(distances))
