"""The public names and their modules, for type checkers and for importing each on first use."""

from . import callbacks as callbacks
from .extractors.base import FeatureExtractor as FeatureExtractor
from .extractors.base import ReceptiveField as ReceptiveField
from .extractors.keras_model import KerasFeatureExtractor as KerasFeatureExtractor
from .extractors.random_filters import RandomFeatureExtractor as RandomFeatureExtractor
from .extractors.softmax_smoothing import SoftmaxSmoothing as SoftmaxSmoothing
from .extractors.vgg16 import VGG16FeatureExtractor as VGG16FeatureExtractor
from .extractors.vgg19 import VGG19FeatureExtractor as VGG19FeatureExtractor
from .images import DEEP_EXTENSIONS as DEEP_EXTENSIONS
from .images import IMAGE_EXTENSIONS as IMAGE_EXTENSIONS
from .images.reading import read_image as read_image
from .images.styles import Style as Style
from .images.styles import StyleImage as StyleImage
from .images.writing import write_image as write_image
from .losses.base import Loss as Loss
from .losses.chained_gram import ChainedGramLoss as ChainedGramLoss
from .losses.color_palette import ColorPaletteLoss as ColorPaletteLoss
from .losses.content import ContentLoss as ContentLoss
from .losses.feature_splitting import FeatureSplittingLoss as FeatureSplittingLoss
from .losses.gaussian_wasserstein import GaussianWassersteinLoss as GaussianWassersteinLoss
from .losses.histogram import HistogramLoss as HistogramLoss
from .losses.hypercolumn import HypercolumnLoss as HypercolumnLoss
from .losses.laplacian import LaplacianLoss as LaplacianLoss
from .losses.markov_random_field import MarkovRandomFieldLoss as MarkovRandomFieldLoss
from .losses.mean_covariance import MeanCovarianceLoss as MeanCovarianceLoss
from .losses.moments import ChannelMomentsLoss as ChannelMomentsLoss
from .losses.neural_neighbors import NeuralNeighborsLoss as NeuralNeighborsLoss
from .losses.polynomial_mmd import PolynomialMMDLoss as PolynomialMMDLoss
from .losses.relaxed_earth_mover import RelaxedEarthMoverLoss as RelaxedEarthMoverLoss
from .losses.self_similarity import SelfSimilarityLoss as SelfSimilarityLoss
from .losses.shifted_gram import ShiftedGramLoss as ShiftedGramLoss
from .losses.sliced_wasserstein import SlicedWassersteinLoss as SlicedWassersteinLoss
from .losses.style import StyleLoss as StyleLoss
from .losses.style import gram_matrix as gram_matrix
from .losses.temporal import TemporalLoss as TemporalLoss
from .losses.total_variation import TotalVariationLoss as TotalVariationLoss
from .objective.evaluation import Evaluation as Evaluation
from .objective.recipe import Recipe as Recipe
from .objective.shares import TermReport as TermReport
from .objective.tiled.objective import TiledObjective as TiledObjective
from .objective.whole import Objective as Objective
from .optimizers.base import Optimizer as Optimizer
from .optimizers.base import Step as Step
from .optimizers.keras_optimizer import KerasOptimizer as KerasOptimizer
from .optimizers.laplacian_pyramid import (
    LaplacianPyramidOptimizer as LaplacianPyramidOptimizer,
)
from .optimizers.projected_lbfgs import ProjectedLBFGS as ProjectedLBFGS
from .optimizers.scipy_lbfgsb import ScipyLBFGSB as ScipyLBFGSB
from .run.schedule import Stage as Stage
from .style_network.network import StyleNetwork as StyleNetwork
from .style_network.objective import StyleObjective as StyleObjective
from .style_network.photographs import Photographs as Photographs
from .trainer import Trainer as Trainer

__all__: list[str]
__version__: str
