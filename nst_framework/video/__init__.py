"""Moving pictures: `stylize` makes the frames of a video, one following from another."""

from .film import write_video
from .frames import Video, open_video
from .stylize import StylizedFrame, stylize

__all__ = ["StylizedFrame", "Video", "open_video", "stylize", "write_video"]
