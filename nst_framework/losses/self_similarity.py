"""The self-similarity loss: places that are similar in the content stay similar."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..defaults import CONTENT_LAYERS
from .distances import absolute_values, cosine_distances
from .sampling import SampledLoss, sample_features

SMOOTHING = 1e-8
"""Added to the sums of distances, which are 0 in an image of a single color."""


@keras.saving.register_keras_serializable("nst_framework")
class SelfSimilarityLoss(SampledLoss):
    r"""Difference between the self-similarities of the image and of the content.

    $$ L = \sum_l w_l \, \frac{1}{n} \sum_{i,j} \left|
       \frac{D^F_{ij}}{\sum_i D^F_{ij}} - \frac{D^P_{ij}}{\sum_i D^P_{ij}} \right| $$

    with the cosine distances $D^F$ between the features at any two of $n$ positions of the image,
    and $D^P$ of the content. It does not require the content's features, only that similar places
    stay similar, so it leaves colors and textures to the style. (The paper divides by $n^2$;
    dividing by $n$ makes the value independent of the number of positions.)

    Source: Kolkin, Salavon and Shakhnarovich, "Style transfer by relaxed optimal transport and
    self-similarity", CVPR 2019 (STROTSS), on the content loss.

    Example:
    ```python
    trainer.compile([SelfSimilarityLoss(), RelaxedEarthMoverLoss(), ChannelMomentsLoss()])
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        samples: Maximum number of positions compared, by default 1024. It bounds the memory, which
            holds a number for each pair of positions.
        seed: Seed of the sample, which stays the same during a run.
        name: The loss's name in logs.
    """

    target = "content"
    layers = CONTENT_LAYERS
    default_weight = 10000000.0
    target_size_may_differ = False

    def represent(self, features: Any) -> Any:
        """Computes distances `(positions, positions)`, each column divided by its sum."""
        sampled = sample_features(features, self.samples, self.seed)
        distances = ops.relu(cosine_distances(sampled, sampled))
        return distances / (ops.sum(distances, axis=0, keepdims=True) + SMOOTHING)

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean over columns of the sum of absolute differences."""
        # Each column sums to 1, so its mean is 1 / rows.
        differences = absolute_values(actual - target, 1 / target.shape[0])
        return ops.mean(ops.sum(differences, axis=0))
