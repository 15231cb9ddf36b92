"""The public names and their modules, for type checkers and for lazy loading."""

from .film import FilmStream as FilmStream
from .frames import Video as Video
from .frames import open_video as open_video
from .painted import paint_frames as paint_frames
from .stylize import StylizedFrame as StylizedFrame
from .stylize import stylize as stylize
from .writing import write_video as write_video

__all__: list[str]
