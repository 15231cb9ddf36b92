"""The package's losses by name, such as `"style_loss"` or `"StyleLoss"`."""

from __future__ import annotations

import importlib

from ..checks import did_you_mean
from .base import Loss, snake_case

MODULES = {
    "ChainedGramLoss": "chained_gram",
    "ChannelMomentsLoss": "moments",
    "ColorPaletteLoss": "color_palette",
    "ContentLoss": "content",
    "FeatureSplittingLoss": "feature_splitting",
    "GaussianWassersteinLoss": "gaussian_wasserstein",
    "HistogramLoss": "histogram",
    "HypercolumnLoss": "hypercolumn",
    "LaplacianLoss": "laplacian",
    "MarkovRandomFieldLoss": "markov_random_field",
    "MeanCovarianceLoss": "mean_covariance",
    "NeuralNeighborsLoss": "neural_neighbors",
    "PolynomialMMDLoss": "polynomial_mmd",
    "RelaxedEarthMoverLoss": "relaxed_earth_mover",
    "SelfSimilarityLoss": "self_similarity",
    "ShiftedGramLoss": "shifted_gram",
    "SlicedWassersteinLoss": "sliced_wasserstein",
    "StyleLoss": "style",
    "TemporalLoss": "temporal",
    "TotalVariationLoss": "total_variation",
}
"""The module of each class. One is imported when it is named, and not all of them."""


def loss_class(name: str) -> type[Loss]:
    """A loss of the package by the name of its class, or by the one that logs have for it.

    Raises:
        ValueError: If there is none of that name; the error lists the names.
    """
    classes = {snake_case(each): each for each in MODULES}
    kind = classes.get(name, name)
    if kind not in MODULES:
        raise ValueError(
            f"Invalid value for argument `loss`. Expected one of the names {sorted(classes)}. "
            f"Received: {name!r}.{did_you_mean(name, [*classes, *MODULES])} Pass a loss of your "
            "own as an instance."
        )
    found: type[Loss] = getattr(importlib.import_module(f".{MODULES[kind]}", __package__), kind)
    return found
