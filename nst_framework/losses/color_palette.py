"""The color palette loss: the image uses the colors of the style."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from .distances import cosine_distances, relaxed_earth_mover_distance
from .sampling import SampledLoss, sample_features

RGB_TO_YUV = np.array(
    [[0.299, 0.587, 0.114], [-0.147, -0.289, 0.436], [0.615, -0.515, -0.100]], np.float32
)
"""Rows give Y, U and V of red, green and blue."""

SMOOTHING = 1e-6
"""Added to squared distances, because a square root's gradient at 0 is not finite."""


@keras.saving.register_keras_serializable("nst_framework")
class ColorPaletteLoss(SampledLoss):
    r"""Relaxed earth mover's distance between the colors of the image and of the style.

    $$ L = \max \left( \frac{1}{n} \sum_i \min_j D_{ij}, \; \frac{1}{m} \sum_j \min_i D_{ij}
       \right), \quad D_{ij} = \lVert x_i - y_j \rVert + 1 - \cos(x_i, y_j) $$

    with colors $x_i$ of the image and $y_j$ of the style in YUV, whose channels are far less
    correlated than red, green and blue; Y ranges from 0 to 1. At a low loss, every color of the
    image is close to one of the style's, and every color of the style occurs in the image.

    Source: Kolkin, Salavon and Shakhnarovich, "Style transfer by relaxed optimal transport and
    self-similarity", CVPR 2019 (STROTSS), on color matching.

    Example:
    ```python
    trainer.compile([SelfSimilarityLoss(), RelaxedEarthMoverLoss(), ColorPaletteLoss()])
    ```

    Args:
        samples: Maximum number of pixels compared in each image. It bounds the memory, which holds
            a number for each pair of pixels.
        seed: Seed of the sample, which stays the same during a run.
        name: The loss's name in logs.
    """

    target = "style"
    default_weight = 1000000.0
    ignores_order = True

    def __init__(self, samples: int = 1024, seed: int = 0, name: str | None = None) -> None:
        super().__init__(None, None, samples, seed, name)

    def represent(self, features: Any) -> Any:
        """Converts sampled pixels of an image `(1, height, width, 3)` to YUV: `(pixels, 3)`."""
        colors = sample_features(features, self.samples, self.seed) / 255
        return ops.matmul(colors, ops.cast(RGB_TO_YUV.T, colors.dtype))

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the larger of the two mean distances to the nearest color."""
        squares = ops.sum(ops.square(actual[:, None] - target[None]), axis=2)
        # Subtracting the root of the smoothing makes the distance of equal colors 0.
        distances = ops.sqrt(squares + SMOOTHING) - SMOOTHING**0.5
        return relaxed_earth_mover_distance(distances + cosine_distances(actual, target))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"samples": self.samples, "seed": self.seed, "name": self.name}
