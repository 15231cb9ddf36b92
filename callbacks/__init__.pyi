"""The public names and their modules, for type checkers and lazy loading."""

from .checkpoint import Checkpoint as Checkpoint
from .figures import ComparisonFigure as ComparisonFigure
from .figures import LiveFigure as LiveFigure
from .figures import LossCurves as LossCurves
from .image_saver import ImageSaver as ImageSaver
from .image_saver import Preview as Preview
from .step_history import StepHistory as StepHistory
from .tensorboard_images import TensorBoardImages as TensorBoardImages
from .video_saver import VideoSaver as VideoSaver

__all__: list[str]
