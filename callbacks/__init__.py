"""Ready-made callbacks; import them from `nst_framework.callbacks`."""

from .checkpoint import Checkpoint
from .figures import ComparisonFigure, LiveFigure, LossCurves
from .image_saver import ImageSaver, Preview
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
