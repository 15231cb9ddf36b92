"""The public names: where each of them is, for type checkers and for loading it when it is used."""

from .film import write_video as write_video
from .frames import Video as Video
from .frames import open_video as open_video
from .stylize import StylizedFrame as StylizedFrame
from .stylize import stylize as stylize

__all__: list[str]
