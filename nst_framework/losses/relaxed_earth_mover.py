"""The relaxed earth mover's distance: each feature is near one of the style's, and vice versa."""

from __future__ import annotations

from typing import Any

import keras

from .distances import cosine_distances, relaxed_earth_mover_distance
from .sampling import SampledLoss, sample_features

TRANSPORT_LAYERS = ("block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")


@keras.saving.register_keras_serializable("nst_framework")
class RelaxedEarthMoverLoss(SampledLoss):
    r"""Relaxed earth mover's distance between the features of the image and of the style.

    $$ L = \sum_l w_l \max \left( \frac{1}{n} \sum_i \min_j D_{ij}, \;
       \frac{1}{m} \sum_j \min_i D_{ij} \right) $$

    with the cosine distance $D_{ij}$ between the features at the image's position $i$ and the
    style's position $j$. Each feature is moved to the nearest one of the other image, in whichever
    direction costs more; this is a lower bound on the cost of an exact transport. The loss ignores
    the features' lengths, so combine it with one that compares them, such as `ChannelMomentsLoss`.

    Source: Kolkin, Salavon and Shakhnarovich, "Style transfer by relaxed optimal transport and
    self-similarity", CVPR 2019 (STROTSS), on the style loss. (There, the features of all layers
    are one vector: `HypercolumnLoss(RelaxedEarthMoverLoss())`.)

    Example:
    ```python
    trainer.compile([SelfSimilarityLoss(), RelaxedEarthMoverLoss(), ChannelMomentsLoss()])
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        samples: Maximum number of positions compared in each image, by default 2048. It bounds the
            memory, which holds a number for each pair of positions. If an image has more positions,
            the value depends on the sample.
        seed: Seed of the sample, which stays the same during a run.
        name: The loss's name in logs.
    """

    target = "style"
    layers = TRANSPORT_LAYERS
    default_weight = 30000000.0
    samples = 2048
    ignores_order = True

    def represent(self, features: Any) -> Any:
        """Returns features `(positions, channels)` at the sampled positions."""
        return sample_features(features, self.samples, self.seed)

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the larger of the two mean distances to the nearest feature."""
        return relaxed_earth_mover_distance(cosine_distances(actual, target))
