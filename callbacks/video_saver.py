"""Saves the run as a video."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nst_framework import read_image
from nst_framework.saving import atomic_write, check_writable, warn_if_not_saved

from .timing import PictureCallback, Unit
from .video_writers import GIFWriter, MP4Writer, VideoWriter, WebPWriter

WRITERS: dict[str, type[VideoWriter]] = {".gif": GIFWriter, ".webp": WebPWriter, ".mp4": MP4Writer}


class VideoSaver(PictureCallback):
    """Saves a video of the run, from the starting image to the final one.

    Frames are written as they come, so memory does not grow with the length of the video. The file
    appears when the run ends, even after an error; until then, a temporary file beside it holds the
    video. With several `scales`, smaller images are enlarged. If the disk is full, the run
    continues without the video.

    Example:
    ```python
    VideoSaver("outputs/video.mp4", every=2)
    VideoSaver("outputs/video.gif", every=10, fps=12)
    ```

    Args:
        path: Path of the file: .gif, .webp or .mp4. The last two require
            `pip install nst_framework[video]`, preserve the colors and make small files. GIF is
            limited to 256 colors per frame.
        every: Number of steps or epochs between frames.
        unit: Unit of `every`: `"epoch"` or `"step"`.
        fps: Frames per second.
        hold: Duration of the last frame, in seconds.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: int = 1,
        unit: Unit = "step",
        fps: float = 25.0,
        hold: float = 2.0,
    ) -> None:
        super().__init__(every, unit)
        for name, value in (("fps", fps), ("hold", hold)):
            if not 0 < value < 1000:
                raise ValueError(
                    f"Invalid value for argument `{name}`. Expected a number above 0 and below "
                    f"1000. Received: {name}={value!r}."
                )
        self.path = Path(path)
        self.fps = fps
        self.hold = hold
        self._writer: VideoWriter | None = None
        self._given_up = False

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks that the video can be written."""
        super().on_train_begin(logs)
        self._given_up = False
        check_writable(self.path, list(WRITERS))
        if self.path.suffix.lower() != ".gif" and importlib.util.find_spec("av") is None:
            raise ImportError(
                "WebP and MP4 videos need PyAV: pip install 'nst_framework[video]'. Or choose a "
                "name that ends in .gif."
            )

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Opens the video with the starting image as its first frame."""
        super().on_epoch_begin(epoch, logs)
        if self._writer is None and not self._given_up:
            self._shape = self.model.run.stages[-1].images.content.shape[:2]
            self._file = contextlib.ExitStack()
            with self._warn_and_continue():
                partial = self._file.enter_context(atomic_write(self.path))
                self._writer = WRITERS[self.path.suffix.lower()](partial, self._shape, self.fps)
                self._last = self._frame()

    def take(self, epoch: int, logs: dict[str, float]) -> None:
        """Writes the previous frame, whose duration is now known."""
        if self._writer is not None:
            with self._warn_and_continue():
                self._writer.add(self._last, 1 / self.fps)
            self._last = self._frame()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Writes the last image and moves the video to its path."""
        if self._writer is None:
            return
        end = self._frame()
        with self._warn_and_continue():
            if not np.array_equal(end, self._last):
                self._writer.add(self._last, 1 / self.fps)
            self._writer.add(end, self.hold)
            writer, self._writer = self._writer, None
            writer.close()
            self._file.close()

    @contextlib.contextmanager
    def _warn_and_continue(self) -> Iterator[None]:
        """Turns an `OSError` into a warning: the run continues without the video."""
        with warn_if_not_saved(self.path, " without the video"):
            try:
                yield
            except OSError as error:
                self._given_up = True
                writer, self._writer = self._writer, None
                if writer is not None:
                    with contextlib.suppress(OSError):
                        writer.close()
                # Passing the error on keeps the partial video from being moved to the path.
                self._file.__exit__(type(error), error, error.__traceback__)
                raise

    def _frame(self) -> np.ndarray:
        return read_image(self.model.image, shape=self._shape)
