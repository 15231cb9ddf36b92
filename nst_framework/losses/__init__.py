"""The losses: for content, style and smoothness. Each one is imported on first use."""

import lazy_loader

MODULES = {
    "base": ["Loss"],
    "chained_gram": ["ChainedGramLoss"],
    "color_palette": ["ColorPaletteLoss"],
    "content": ["ContentLoss"],
    "feature_splitting": ["FeatureSplittingLoss"],
    "gaussian_wasserstein": ["GaussianWassersteinLoss"],
    "histogram": ["HistogramLoss"],
    "hypercolumn": ["HypercolumnLoss"],
    "laplacian": ["LaplacianLoss"],
    "markov_random_field": ["MarkovRandomFieldLoss"],
    "mean_covariance": ["MeanCovarianceLoss"],
    "moments": ["ChannelMomentsLoss"],
    "neural_neighbors": ["NeuralNeighborsLoss"],
    "polynomial_mmd": ["PolynomialMMDLoss"],
    "relaxed_earth_mover": ["RelaxedEarthMoverLoss"],
    "self_similarity": ["SelfSimilarityLoss"],
    "shifted_gram": ["ShiftedGramLoss"],
    "sliced_wasserstein": ["SlicedWassersteinLoss"],
    "style": ["StyleLoss"],
    "temporal": ["TemporalLoss"],
    "total_variation": ["TotalVariationLoss"],
}
"""The losses of each module."""

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs=MODULES)
