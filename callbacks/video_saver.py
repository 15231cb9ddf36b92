"""Saves how the picture forms as a video."""

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
    """Saves how the picture forms as a video, from the starting image to the last.

    Each frame goes to the file at once, so that a long video takes no memory. The file appears when
    the run ends, however it ends; until then it is next to it under another name. With several
    `scales`, smaller pictures are enlarged. If the disk is full, the run continues without a video.

    Example:
    ```python
    VideoSaver("outputs/video.mp4", every=2)
    VideoSaver("outputs/video.gif", every=10, fps=12)
    ```

    Args:
        path: Path of the file: .gif, .webp or .mp4. The last two need
            `pip install nst_framework[video]`; they have the colours of the picture and make small
            files. GIF has 256 colours a frame.
        every: Number of steps or epochs from one frame to the next.
        unit: What `every` counts: `"epoch"` or `"step"`.
        fps: Frames a second.
        hold: How long the last frame is shown, in seconds.
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
        """Checks before the first step that the video can be written."""
        super().on_train_begin(logs)
        self._given_up = False
        check_writable(self.path, list(WRITERS))
        if self.path.suffix.lower() != ".gif" and importlib.util.find_spec("av") is None:
            raise ImportError(
                "Expected the package av for a video in WebP or MP4. Received: none. Install it "
                "with `pip install nst_framework[video]`, or choose a name that ends in .gif."
            )

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Begins with the starting image."""
        super().on_epoch_begin(epoch, logs)
        if self._writer is None and not self._given_up:
            self._shape = self.model.run.stages[-1].images.content.shape[:2]
            self._file = contextlib.ExitStack()
            with self._going_on():
                partial = self._file.enter_context(atomic_write(self.path))
                self._writer = WRITERS[self.path.suffix.lower()](partial, self._shape, self.fps)
                self._last = self._frame()

    def take(self, epoch: int, logs: dict[str, float]) -> None:
        """Writes the frame before this one, whose time is known now."""
        if self._writer is not None:
            with self._going_on():
                self._writer.add(self._last, 1 / self.fps)
            self._last = self._frame()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Ends with the last image, and puts the video in its place."""
        if self._writer is None:
            return
        end = self._frame()
        with self._going_on():
            if not np.array_equal(end, self._last):
                self._writer.add(self._last, 1 / self.fps)
            self._writer.add(end, self.hold)
            writer, self._writer = self._writer, None
            writer.close()
            self._file.close()

    @contextlib.contextmanager
    def _going_on(self) -> Iterator[None]:
        """Turns an error of the disk into a warning, and leaves out the video, not the run."""
        with warn_if_not_saved(self.path, " without the video"):
            try:
                yield
            except OSError as error:
                self._given_up = True
                writer, self._writer = self._writer, None
                if writer is not None:
                    with contextlib.suppress(OSError):
                        writer.close()
                # The error keeps the part of the video that there is from taking the video's place.
                self._file.__exit__(type(error), error, error.__traceback__)
                raise

    def _frame(self) -> np.ndarray:
        return read_image(self.model.image, shape=self._shape)
