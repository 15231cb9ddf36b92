"""Neural style transfer with Keras: the content of one image in the style of another.

Names are loaded when they are first used, so that `nst --help` needs neither Keras nor Matplotlib.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import callbacks
    from .extractors.base import FeatureExtractor, ReceptiveField
    from .extractors.keras_model import KerasFeatureExtractor
    from .extractors.random_filters import RandomFeatureExtractor
    from .extractors.softmax_smoothing import SoftmaxSmoothing
    from .extractors.vgg16 import VGG16FeatureExtractor
    from .extractors.vgg19 import VGG19FeatureExtractor
    from .files import prepare_output, whole_file
    from .gradient_shares import TermReport
    from .images import read_image, write_image
    from .losses.base import Loss
    from .losses.chained_gram import ChainedGramLoss
    from .losses.content import ContentLoss
    from .losses.gaussian_wasserstein import GaussianWassersteinLoss
    from .losses.histogram import HistogramLoss
    from .losses.laplacian import LaplacianLoss
    from .losses.markov_random_field import MarkovRandomFieldLoss
    from .losses.moments import ChannelMomentsLoss
    from .losses.polynomial_mmd import PolynomialMMDLoss
    from .losses.relaxed_earth_mover import RelaxedEarthMoverLoss
    from .losses.self_similarity import SelfSimilarityLoss
    from .losses.shifted_gram import ShiftedGramLoss
    from .losses.sliced_wasserstein import SlicedWassersteinLoss
    from .losses.style import StyleLoss, gram_matrix
    from .losses.total_variation import TotalVariationLoss
    from .objective import Evaluation, Objective
    from .optimizers.base import Optimizer
    from .optimizers.keras_optimizer import KerasOptimizer
    from .optimizers.projected_lbfgs import ProjectedLBFGS
    from .optimizers.scipy_lbfgsb import ScipyLBFGSB
    from .state import RunState
    from .styles import Style, StyleImage
    from .tiles.objective import TiledObjective
    from .trainer import Trainer

__version__ = "0.1.0"

__all__ = [
    "ChainedGramLoss",
    "ChannelMomentsLoss",
    "ContentLoss",
    "Evaluation",
    "FeatureExtractor",
    "GaussianWassersteinLoss",
    "HistogramLoss",
    "KerasFeatureExtractor",
    "KerasOptimizer",
    "LaplacianLoss",
    "Loss",
    "MarkovRandomFieldLoss",
    "Objective",
    "Optimizer",
    "PolynomialMMDLoss",
    "ProjectedLBFGS",
    "RandomFeatureExtractor",
    "ReceptiveField",
    "RelaxedEarthMoverLoss",
    "RunState",
    "ScipyLBFGSB",
    "SelfSimilarityLoss",
    "ShiftedGramLoss",
    "SlicedWassersteinLoss",
    "SoftmaxSmoothing",
    "Style",
    "StyleImage",
    "StyleLoss",
    "TermReport",
    "TiledObjective",
    "TotalVariationLoss",
    "Trainer",
    "VGG16FeatureExtractor",
    "VGG19FeatureExtractor",
    "callbacks",
    "gram_matrix",
    "prepare_output",
    "read_image",
    "whole_file",
    "write_image",
]

_MODULES = {
    "ChainedGramLoss": "losses.chained_gram",
    "ChannelMomentsLoss": "losses.moments",
    "ContentLoss": "losses.content",
    "Evaluation": "objective",
    "FeatureExtractor": "extractors.base",
    "GaussianWassersteinLoss": "losses.gaussian_wasserstein",
    "HistogramLoss": "losses.histogram",
    "KerasFeatureExtractor": "extractors.keras_model",
    "KerasOptimizer": "optimizers.keras_optimizer",
    "LaplacianLoss": "losses.laplacian",
    "Loss": "losses.base",
    "MarkovRandomFieldLoss": "losses.markov_random_field",
    "Objective": "objective",
    "Optimizer": "optimizers.base",
    "PolynomialMMDLoss": "losses.polynomial_mmd",
    "ProjectedLBFGS": "optimizers.projected_lbfgs",
    "RandomFeatureExtractor": "extractors.random_filters",
    "ReceptiveField": "extractors.base",
    "RelaxedEarthMoverLoss": "losses.relaxed_earth_mover",
    "RunState": "state",
    "ScipyLBFGSB": "optimizers.scipy_lbfgsb",
    "SelfSimilarityLoss": "losses.self_similarity",
    "ShiftedGramLoss": "losses.shifted_gram",
    "SlicedWassersteinLoss": "losses.sliced_wasserstein",
    "SoftmaxSmoothing": "extractors.softmax_smoothing",
    "Style": "styles",
    "StyleImage": "styles",
    "StyleLoss": "losses.style",
    "TermReport": "gradient_shares",
    "TiledObjective": "tiles.objective",
    "TotalVariationLoss": "losses.total_variation",
    "Trainer": "trainer",
    "VGG16FeatureExtractor": "extractors.vgg16",
    "VGG19FeatureExtractor": "extractors.vgg19",
    "gram_matrix": "losses.style",
    "prepare_output": "files",
    "read_image": "images",
    "whole_file": "files",
    "write_image": "images",
}


def __getattr__(name: str) -> object:
    if name == "callbacks":
        return importlib.import_module(f"{__name__}.callbacks")
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
