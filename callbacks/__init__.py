"""Ready-made callbacks; import them from `nst_framework.callbacks`."""

from .checkpoint import Checkpoint
from .comparison_figure import ComparisonFigure
from .image_saver import ImageSaver
from .loss_curves import LossCurves
from .step_history import StepHistory

__all__ = ["Checkpoint", "ComparisonFigure", "ImageSaver", "LossCurves", "StepHistory"]
