"""The mean and covariance loss: the same mean and covariance of the channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from ..defaults import STYLE_LAYERS
from .base import Loss
from .distances import absolute_values
from .style import gram_matrix


@keras.saving.register_keras_serializable("nst_framework")
class MeanCovarianceLoss(Loss):
    r"""Absolute differences between the means and between the covariances of the channels.

    $$ L = \sum_l w_l \left( \frac{1}{N_l} \sum_i \lvert \mu^l_i - \hat\mu^l_i \rvert
       + \frac{1}{N_l^2} \sum_{ij} \lvert \Sigma^l_{ij} - \hat\Sigma^l_{ij} \rvert \right) $$

    with mean $\mu$ and covariance $\Sigma$ of the $N_l$ channels over all positions, of the image
    and (with a hat) of the style. The two are added without weights, so the unit of the features
    decides which of them counts for more; `HypercolumnLoss` uses the paper's unit.

    Source: Kolkin, Salavon and Shakhnarovich, "Style transfer by relaxed optimal transport and
    self-similarity", CVPR 2019 (STROTSS), on the moment matching loss.

    Example:
    ```python
    HypercolumnLoss(MeanCovarianceLoss())
    ```

    Args:
        layers: Names of layers.
        layer_weights: A weight for each layer; by default `1 / len(layers)`.
        name: The loss's name in logs.
    """

    target = "style"
    layers = STYLE_LAYERS
    default_weight = 5000.0
    mean_over_positions = "represent"
    ignores_order = True

    def represent(self, features: Any) -> dict[str, Any]:
        """Computes mean and second moments of features `(1, height, width, channels)`."""
        return {"mean": ops.mean(features, axis=(0, 1, 2)), "moments": gram_matrix(features)}

    def compare(self, actual: Any, target: Any) -> Any:
        """Returns the mean absolute difference of the means plus that of the covariances."""
        means = _mean_difference(actual["mean"], target["mean"])
        return means + _mean_difference(_covariance(actual), _covariance(target))


def _mean_difference(actual: Any, target: Any) -> Any:
    return ops.mean(absolute_values(actual - target, ops.mean(ops.abs(target))))


def _covariance(statistic: Mapping[str, Any]) -> Any:
    mean = statistic["mean"]
    return statistic["moments"] - mean[:, None] * mean[None]
