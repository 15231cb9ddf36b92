"""Ready-made callbacks; import them from `nst_framework.callbacks`."""

from .checkpoint import Checkpoint
from .comparison_figure import ComparisonFigure
from .film import Film
from .image_saver import ImageSaver
from .loss_curves import LossCurves
from .preview import Preview
from .step_history import StepHistory
from .tensorboard_images import TensorBoardImages

__all__ = [
    "Checkpoint",
    "ComparisonFigure",
    "Film",
    "ImageSaver",
    "LossCurves",
    "Preview",
    "StepHistory",
    "TensorBoardImages",
]
