"""Ready-made callbacks; import them from `nst_framework.callbacks`."""

from .checkpoint import Checkpoint
from .comparison_figure import ComparisonFigure
from .film import Film
from .image_saver import ImageSaver
from .live_figure import LiveFigure
from .loss_curves import LossCurves
from .preview import Preview
from .step_history import StepHistory
from .tensorboard_images import TensorBoardImages

__all__ = [
    "Checkpoint",
    "ComparisonFigure",
    "Film",
    "ImageSaver",
    "LiveFigure",
    "LossCurves",
    "Preview",
    "StepHistory",
    "TensorBoardImages",
]
