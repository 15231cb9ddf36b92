"""The style loss: the same correlations between features, regardless of position."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..defaults import STYLE_LAYERS, STYLE_WEIGHT
from .base import Loss


def gram_matrix(features: Any) -> Any:
    r"""Computes the Gram matrix of features, divided by the number of positions.

    $$ G_{ij} = \frac{1}{M} \sum_k F_{ki} F_{kj} $$

    It is a mean over positions, so it depends neither on where features occur nor on the image's
    size.

    Args:
        features: Tensor `(1, height, width, channels)`.

    Returns:
        Tensor `(channels, channels)`.
    """
    height, width, channels = features.shape[1:]
    return _products(ops.reshape(features, (height * width, channels))) / (height * width)


def _products(matrix: Any) -> Any:
    """The transpose of a matrix `(rows, columns)` times the matrix, `(columns, columns)`.

    A backend treats the two factors as different and multiplies twice for the gradient,
    `matrix (slope + transposed slope)`. Here only one factor has a gradient; doubling, and the mean
    with the transpose, supply the other half. The value is the same.
    """
    products = ops.matmul(ops.transpose(ops.stop_gradient(matrix)), matrix)
    products = 2 * products - ops.stop_gradient(products)
    return (products + ops.transpose(products)) / 2


@keras.saving.register_keras_serializable("nst_framework")
class StyleLoss(Loss):
    r"""Squared difference between the Gram matrices of the image and of the style.

    $$ L = \sum_l w_l \, \frac{1}{4 N_l^2} \sum_{i,j} (G^l_{ij} - A^l_{ij})^2 $$

    with the Gram matrices $G^l$ of the image and $A^l$ of the style, both $(N_l, N_l)$ for $N_l$
    channels and divided by the number of positions $M_l$. This is the paper's
    $\frac{1}{4 N_l^2 M_l^2}$ with each matrix divided by the number of positions in its own image,
    so that the style image may have a different size.

    Source: Gatys, Ecker and Bethge, "Image style transfer using convolutional neural networks",
    CVPR 2016, equations 3 to 5.

    Example:
    ```python
    StyleLoss(layers=["block1_conv1", "block2_conv1"], layer_weights={"block1_conv1": 0.2,
                                                                      "block2_conv1": 0.8})
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        name: The loss's name in logs.
    """

    target = "style"
    layers = STYLE_LAYERS
    default_weight = STYLE_WEIGHT
    mean_over_positions = "represent"
    ignores_order = True

    def represent(self, features: Any) -> Any:
        """Computes the Gram matrix `(channels, channels)` of `(1, height, width, channels)`."""
        return gram_matrix(features)

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns a quarter of the mean squared difference of two Gram matrices."""
        return ops.mean(ops.square(actual - target)) / 4
