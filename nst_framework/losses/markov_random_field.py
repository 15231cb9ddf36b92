"""The Markov random field loss: every patch of features resembles one of the style's."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..checks import check_integer
from .base import Layers, LayerWeights
from .sampling import SampledLoss, sample_patches

PATCH_LAYERS = ("block3_conv1", "block4_conv1")

SMOOTHING = 1e-6
"""Added to squared lengths, because an all-zero patch has no direction."""


@keras.saving.register_keras_serializable("nst_framework")
class MarkovRandomFieldLoss(SampledLoss):
    r"""Squared difference between each patch of features and the style's most similar patch.

    $$ L = \sum_l w_l \, \frac{1}{D_l m_l} \sum_{i=1}^{m_l}
       \lVert \Psi_i(F^l) - \Psi_{NN(i)}(A^l) \rVert^2, \quad
       NN(i) = \arg\max_j \frac{\Psi_i(F^l) \cdot \Psi_j(A^l)}
       {\lVert \Psi_i(F^l) \rVert \, \lVert \Psi_j(A^l) \rVert} $$

    with $m_l$ patches $\Psi_i$ of $D_l$ numbers: `patch_size` x `patch_size` positions with all
    channels. Unlike in the paper, the sum is divided by the number of entries. The loss copies
    pieces of the style, so the style needs pieces that fit the content.

    Source: Li and Wand, "Combining Markov random fields and convolutional neural networks for
    image synthesis", CVPR 2016, on the MRFs loss function.

    Example:
    ```python
    trainer.compile([ContentLoss(), MarkovRandomFieldLoss(samples=4096)])
    ```

    Args:
        layers: Names of layers; by default those of the paper.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        patch_size: Height and width of a patch, in positions.
        samples: Maximum number of patches compared in each image. It bounds the memory, which holds
            a number for each pair of patches. Since patches overlap, a sample covers all features
            unless its patches are farther apart than they are wide.
        seed: Seed of the sample, which stays the same during a run.
        name: The loss's name in logs.
    """

    target = "style"
    layers = PATCH_LAYERS
    default_weight = 25.0

    def __init__(
        self,
        layers: Layers = None,
        layer_weights: LayerWeights = None,
        patch_size: int = 3,
        samples: int = 2048,
        seed: int = 0,
        name: str | None = None,
    ) -> None:
        super().__init__(layers, layer_weights, samples, seed, name)
        self.patch_size = check_integer("patch_size", patch_size, minimum=1)

    def represent(self, features: Any) -> Any:
        """Samples patches `(patches, size)` of features `(1, height, width, channels)`.

        The size of a patch is `patch_size**2 * channels`.
        """
        return sample_patches(features, self.patch_size, self.samples, self.seed)

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean squared difference from the target's most similar patches."""
        # A patch's own length does not affect which of the target's patches is most similar.
        length = ops.sqrt(ops.sum(ops.square(target), axis=1, keepdims=True) + SMOOTHING)
        similarity = ops.matmul(ops.stop_gradient(actual), ops.transpose(target / length))
        nearest = ops.take(target, ops.argmax(similarity, axis=1), axis=0)
        return ops.mean(ops.square(actual - nearest))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "patch_size": self.patch_size}
