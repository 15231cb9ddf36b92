"""How much of the style a result contains: its colours and textures, wherever they are."""

from __future__ import annotations

import numpy as np

from .features import Features, check_same_layers, cosine, gram_matrices


def global_colors(result: np.ndarray, style: np.ndarray, bins: int = 256) -> float:
    r"""The mean over channels of the cosine between the histograms of result and style.

    $$ GC = \frac{1}{3} \sum_c \cos(h_c(I), h_c(I_s)) $$

    Source: Wang, Zhao, Chen, Zuo, Li, Xing and Lu, "Evaluate and improve the quality of neural
    style transfer", Computer Vision and Image Understanding 207, 2021, on global colours, one half
    of the global effects. The paper's number of bins was not available; here, each value has its
    own bin.

    Example:
    ```python
    colors = global_colors(read_image("result.png"), read_image("style.jpg"))
    ```

    Args:
        result: Array `(height, width, 3)`, uint8.
        style: Array `(height, width, 3)`, uint8; its size may differ.
        bins: Number of bins, of equal width, in each histogram. Fewer bins tolerate small shifts of
            colour.

    Returns:
        From 0 to 1; higher means more of the style. 1 for the style itself.
    """
    cosines = [
        cosine(*(np.histogram(image[..., c], bins, (0, 256))[0] for image in (result, style)))
        for c in range(3)
    ]
    return float(np.mean(cosines))


def holistic_textures(result: Features, style: Features) -> float:
    r"""The mean over layers of the cosine between the Gram matrices of result and style.

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
        From 0 to 1; higher means more of the style. 1 for the style itself.

    Raises:
        ValueError: If the layers differ.
    """
    check_same_layers(result, style)
    of_result, of_style = gram_matrices(result), gram_matrices(style)
    return float(np.mean([cosine(of_result[layer], of_style[layer]) for layer in result]))


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
