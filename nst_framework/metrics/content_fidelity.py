"""Content fidelity: how much of the content the result contains."""

from __future__ import annotations

import numpy as np

from .features import Features, check_same_layers, cosine


def content_fidelity(result: Features, content: Features) -> float:
    r"""The mean over layers of the cosine between the result's features and the content's.

    $$ CF = \frac{1}{L} \sum_l \cos(F^l, P^l) $$

    with the features $F^l$ of the result and $P^l$ of the content. The cosine compares position by
    position; the overall strength of the features does not affect it.

    Source: Wang, Zhao, Chen, Zuo, Li, Xing and Lu, "Evaluate and improve the quality of neural
    style transfer", Computer Vision and Image Understanding 207, 2021, on content fidelity.

    Example:
    ```python
    layers = ["block4_conv2"]
    fidelity = content_fidelity(extractor(result, layers), extractor(content, layers))
    ```

    Args:
        result: `{layer: features (1, height, width, channels)}` of the result.
        content: The same for the content, with the same shapes.

    Returns:
        From 0 to 1 if no features are negative; higher means more of the content. 1 for the content
        itself.

    Raises:
        ValueError: If the layers or the shapes differ.
    """
    check_same_layers(result, content)
    for layer in result:
        shapes = tuple(result[layer].shape), tuple(content[layer].shape)
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"Expected the content's features to have the result's shape {shapes[0]} in "
                f"{layer}. Received: shape {shapes[1]}. Resize the content to the result's size."
            )
    return float(np.mean([cosine(result[layer], content[layer]) for layer in result]))
