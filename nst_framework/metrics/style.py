"""Metrics of the style in a result: its colors and textures, regardless of their positions."""

from __future__ import annotations

import numpy as np

from .features import Features, check_same_layers, cosine, gram_matrices


def global_colors(result: np.ndarray, style: np.ndarray, bins: int = 256) -> float:
    r"""The cosine between the histograms of result and style, averaged over channels.

    $$ GC = \frac{1}{3} \sum_c \cos(h_c(I), h_c(I_s)) $$

    Source: Wang, Zhao, Chen, Zuo, Li, Xing and Lu, "Evaluate and improve the quality of neural
    style transfer", Computer Vision and Image Understanding 207, 2021, on global colors, one half
    of the global effects. The paper's number of bins was not available; by default, each value has
    its own bin.

    Example:
    ```python
    colors = global_colors(read_image("result.png"), read_image("style.jpg"))
    ```

    Args:
        result: Array `(height, width, 3)`, uint8.
        style: Array `(height, width, 3)`, uint8; its size may differ.
        bins: Number of bins, of equal width, in each histogram. Fewer bins tolerate small color
            shifts.

    Returns:
        A number from 0 to 1; higher means more of the style. It is 1 for the style itself.
    """
    cosines = [
        cosine(*(np.histogram(image[..., c], bins, (0, 256))[0] for image in (result, style)))
        for c in range(3)
    ]
    return float(np.mean(cosines))


def holistic_textures(result: Features, style: Features) -> float:
    r"""The cosine between the Gram matrices of result and style, averaged over layers.

    $$ HT = \frac{1}{L} \sum_l \cos(G^l, A^l) $$

    Source: Wang, Zhao, Chen, Zuo, Li, Xing and Lu, "Evaluate and improve the quality of neural
    style transfer", Computer Vision and Image Understanding 207, 2021, on holistic textures,
    the other half of the global effects.

    Example:
    ```python
    layers = ["block1_conv1", "block2_conv1"]
    textures = holistic_textures(extractor(result, layers), extractor(style, layers))
    ```

    Args:
        result: `{layer: features (1, height, width, channels)}` of the result.
        style: The same for the style; its size may differ.

    Returns:
        A number from 0 to 1; higher means more of the style. It is 1 for the style itself.

    Raises:
        ValueError: If the layers differ.
    """
    check_same_layers(result, style)
    of_result, of_style = gram_matrices(result), gram_matrices(style)
    return float(np.mean([cosine(of_result[layer], of_style[layer]) for layer in result]))


def gram_distance(result: Features, style: Features) -> float:
    r"""The relative squared distance between the Gram matrices, averaged over layers.

    $$ D = \frac{1}{L} \sum_l \frac{\lVert G^l - A^l \rVert^2}{\lVert A^l \rVert^2} $$

    Here, $G^l$ are the Gram matrices of the result and $A^l$ those of the style. Unlike a cosine,
    the distance depends on the strength of the features. It is most informative in layers that the
    loss did not use: in the others, it is small for every result.

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
        A number from 0, without an upper limit; lower means more of the style. It is 0 for the
        style itself and 1 if all features of the result are zero.

    Raises:
        ValueError: If the layers differ, or all features of the style are zero in one of them.
    """
    check_same_layers(result, style)
    of_result, of_style = gram_matrices(result), gram_matrices(style)
    for layer in of_style:
        if not of_style[layer].any():
            raise ValueError(
                f"Expected a style that has features in {layer}. Received: only zeros. Choose "
                "other layers, or a style that is not a single flat color."
            )
    distances = [
        np.sum((of_result[layer] - of_style[layer]) ** 2, dtype=np.float64)
        / np.sum(of_style[layer] ** 2, dtype=np.float64)
        for layer in of_style
    ]
    return float(np.mean(distances))
