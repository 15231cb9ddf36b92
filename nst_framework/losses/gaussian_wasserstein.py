"""The Gaussian Wasserstein loss: the same mean and covariance of the channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from ..defaults import STYLE_LAYERS
from .base import Loss
from .style import gram_matrix

SMOOTHING = 1e-3
"""Added to each variance, so that directions without any keep a finite gradient."""


class GaussianWassersteinLoss(Loss):
    r"""Squared 2-Wasserstein distance of the features, as if they were normally distributed.

    $$ L = \sum_l w_l \left( \lVert \mu_l - \hat\mu_l \rVert^2
       + \text{tr} \left( C_l + \hat C_l
       - 2 (\hat C_l^{1/2} C_l \hat C_l^{1/2})^{1/2} \right) \right) $$

    with mean $\mu_l$ `(channels,)` and covariance $C_l$ `(channels, channels)` of the features over
    all positions, of the image and (with a hat) of the style. It is what it costs to move the one
    normal distribution to the other. Both statistics come from means over positions. A small
    multiple of the identity is added to both covariances.

    Sources: Dowson and Landau, "The Fréchet distance between multivariate normal distributions",
    Journal of Multivariate Analysis 12, 1982, for the distance; Katherine Crowson,
    "style-transfer-pytorch", 2021, for its use as a style loss.

    Example:
    ```python
    trainer.compile([ContentLoss(), GaussianWassersteinLoss()])
    ```

    Args:
        layers: Names of layers. One of 512 channels takes some tenths of a second an evaluation.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        name: The loss's name in logs.
    """

    mean_over_positions = "represent"
    ignores_order = True

    def __init__(
        self,
        layers: Sequence[str] = STYLE_LAYERS,
        layer_weights: Mapping[str, float] | Sequence[float] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(layers, layer_weights, target="style", name=name)

    def represent(self, features: Any) -> dict[str, Any]:
        """Mean and second moments of features `(1, height, width, channels)`."""
        return {"mean": ops.mean(features, axis=(0, 1, 2)), "moments": gram_matrix(features)}

    def compare(self, actual: Any, target: Any) -> Any:
        """The squared distance of two normal distributions."""
        shift = actual["mean"] - target["mean"]
        covariance, target_covariance = _covariance(actual), _covariance(target)
        traces = ops.trace(covariance) + ops.trace(target_covariance)
        overlap = _trace_of_root(covariance, target_covariance)
        return ops.sum(shift**2) + ops.cast(traces - 2 * overlap, shift.dtype)


def _covariance(statistic: Mapping[str, Any]) -> Any:
    # Eigenvalues of a product span twice as many digits as float32 has.
    mean = ops.cast(statistic["mean"], "float64")
    moments = ops.cast(statistic["moments"], "float64")
    return moments - ops.outer(mean, mean) + SMOOTHING * ops.eye(mean.shape[0], dtype="float64")


def _trace_of_root(matrix: Any, target: Any) -> Any:
    r"""$\text{tr} (S M S)^{1/2}$ with $S^2$ the target; differentiable by the matrix $M$.

    Its derivative is $\frac{1}{2} S (S M S)^{-1/2} S$. Backends would differentiate the single
    eigenvectors instead, which are not defined where two eigenvalues are equal.
    """
    values, vectors = ops.eigh(target)
    root = _power(values, vectors, 0.5)
    values, vectors = ops.eigh(root @ ops.stop_gradient(matrix) @ root)
    values = ops.maximum(values, keras.config.epsilon() * SMOOTHING**2)
    slope = ops.stop_gradient(root @ _power(values, vectors, -0.5) @ root / 2)
    change = matrix - ops.stop_gradient(matrix)
    return ops.stop_gradient(ops.sum(ops.sqrt(values))) + ops.sum(slope * change)


def _power(values: Any, vectors: Any, exponent: float) -> Any:
    powers = ops.maximum(values, 1e-30) ** exponent
    return (vectors * powers) @ ops.transpose(vectors)
