"""Ready-made callbacks; import them from `nst_framework.callbacks`."""

from .checkpoint import Checkpoint
from .comparison_figure import ComparisonFigure
from .image_saver import ImageSaver
from .live_figure import LiveFigure
from .loss_curves import LossCurves
from .preview import Preview
from .step_history import StepHistory
from .tensorboard_images import TensorBoardImages
from .video_saver import VideoSaver

__all__ = [
    "Checkpoint",
    "ComparisonFigure",
    "ImageSaver",
    "LiveFigure",
    "LossCurves",
    "Preview",
    "StepHistory",
    "TensorBoardImages",
    "VideoSaver",
]
