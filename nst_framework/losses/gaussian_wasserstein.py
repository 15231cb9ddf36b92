"""The Gaussian Wasserstein loss: the same mean and covariance of the channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from ..backend import float64_allowed
from ..defaults import STYLE_LAYERS
from .base import Loss
from .style import gram_matrix

SMOOTHING = 1e-3
"""Added to each variance, as a fraction of the style's mean variance. It exceeds the rounding error
in directions without variance, where the gradient of a root would not be finite."""

MIN_VARIANCE = 1e-6
"""Also added, in case the style has no variance at all."""


@keras.saving.register_keras_serializable("nst_framework")
class GaussianWassersteinLoss(Loss):
    r"""Squared 2-Wasserstein distance between features, assumed to be normally distributed.

    $$ L = \sum_l w_l \left( \lVert \mu_l - \hat\mu_l \rVert^2
       + \text{tr} \left( C_l + \hat C_l
       - 2 (\hat C_l^{1/2} C_l \hat C_l^{1/2})^{1/2} \right) \right) $$

    with mean $\mu_l$ `(channels,)` and covariance $C_l$ `(channels, channels)` of the features over
    all positions, of the image and (with a hat) of the style. It is the cost of moving one normal
    distribution to the other. Both statistics are computed from means over positions. A thousandth
    of the style's mean variance is added to all variances of both.

    Sources: Dowson and Landau, "The Fréchet distance between multivariate normal distributions",
    Journal of Multivariate Analysis 12, 1982, for the distance; Katherine Crowson,
    "style-transfer-pytorch", 2021, for its use as a style loss.

    Example:
    ```python
    trainer.compile([ContentLoss(), GaussianWassersteinLoss()])
    ```

    Args:
        layers: Names of layers. One with 512 channels takes a few tenths of a second per
            evaluation.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        name: The loss's name in logs.
    """

    target = "style"
    layers = STYLE_LAYERS
    default_weight = 4.0
    mean_over_positions = "represent"
    ignores_order = True

    def represent(self, features: Any) -> dict[str, Any]:
        """Computes mean and second moments of features `(1, height, width, channels)`."""
        return {"mean": ops.mean(features, axis=(0, 1, 2)), "moments": gram_matrix(features)}

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the squared distance between two normal distributions."""
        shift = actual["mean"] - target["mean"]
        # 0, or NaN if any value is not finite. The eigenvalues would raise an error in that case,
        # whereas a solver answers NaN with a shorter step.
        zero_or_nan = ops.sum(actual["mean"] * 0) + ops.sum(actual["moments"] * 0)
        finite = ops.isfinite(zero_or_nan)
        actual = {name: ops.where(finite, each, 0 * target[name]) for name, each in actual.items()}
        # The eigenvalues of a product span twice as many digits as float32 has.
        with float64_allowed():
            distance = _covariance_distance(_covariance(actual), _covariance(target))
            return ops.sum(shift**2) + ops.cast(distance, shift.dtype) + zero_or_nan


def _covariance(statistic: Mapping[str, Any]) -> Any:
    mean = ops.cast(statistic["mean"], "float64")
    moments = ops.cast(statistic["moments"], "float64")
    return moments - mean[:, None] * mean[None]


def _covariance_distance(covariance: Any, target: Any) -> Any:
    channels = covariance.shape[0]
    smoothing = SMOOTHING * ops.trace(target) / channels + MIN_VARIANCE
    added = smoothing * ops.eye(channels, dtype="float64")
    covariance, target = covariance + added, target + added
    traces = ops.trace(covariance) + ops.trace(target)
    return traces - 2 * _trace_of_root(covariance, target)


def _trace_of_root(matrix: Any, target: Any) -> Any:
    r"""$\text{tr} (S M S)^{1/2}$, where $S^2$ is the target; differentiable in the matrix $M$.

    Its derivative is $\frac{1}{2} S (S M S)^{-1/2} S$. Backends would instead differentiate
    individual eigenvectors, which are undefined where two eigenvalues are equal.
    """
    values, vectors = ops.eigh(target)
    root = _power(_at_least(1e-30, values), vectors, 0.5)
    values, vectors = ops.eigh(root @ ops.stop_gradient(matrix) @ root)
    values = _at_least(MIN_VARIANCE**2, values)
    slope = ops.stop_gradient(root @ _power(values, vectors, -0.5) @ root / 2)
    change = matrix - ops.stop_gradient(matrix)
    return ops.stop_gradient(ops.sum(ops.sqrt(values))) + ops.sum(slope * change)


def _at_least(lowest: float, values: Any) -> Any:
    # Not ops.maximum, which Keras computes in float32 instead of float64 on PyTorch.
    return lowest + ops.relu(values - lowest)


def _power(values: Any, vectors: Any, exponent: float) -> Any:
    return (vectors * values**exponent) @ ops.transpose(vectors)
