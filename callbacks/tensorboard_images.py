"""Shows the image in TensorBoard during the run."""

from __future__ import annotations

import importlib.util
import os
import socket
import time
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np

from nst_framework.saving import check_writable, warn_if_not_saved

from .timing import PictureCallback, Unit


class TensorBoardImages(PictureCallback):
    """Writes the image to TensorBoard's event files every few steps or epochs.

    Use it together with `keras.callbacks.TensorBoard`, which writes the losses. It requires
    `pip install nst_framework[tensorboard]`, but not TensorFlow.

    Example:
    ```python
    callbacks=[keras.callbacks.TensorBoard("logs"), TensorBoardImages("logs")]
    # tensorboard --logdir logs
    ```

    Args:
        log_dir: TensorBoard's log folder. The images go to its subfolder `images`.
        every: Number of steps or epochs between images.
        unit: Unit of `every`: `"epoch"` or `"step"`.
    """

    def __init__(
        self, log_dir: str | os.PathLike[str] = "logs", every: int = 1, unit: Unit = "epoch"
    ) -> None:
        super().__init__(every, unit)
        self.folder = Path(log_dir) / "images"
        self._writer: Any = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks that the images can be written."""
        super().on_train_begin(logs)
        if importlib.util.find_spec("tensorboard") is None:
            raise ImportError(
                "TensorBoardImages needs TensorBoard: pip install 'nst_framework[tensorboard]'. Or "
                "use ImageSaver."
            )
        check_writable(self.folder / "events", [""])

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Writes the starting image."""
        super().on_epoch_begin(epoch, logs)
        if self._writer is None:
            with warn_if_not_saved(self.folder):
                self._open()
            self.take(epoch, {})

    def take(self, epoch: int, logs: dict[str, float]) -> None:
        """Writes the image."""
        if self._writer is None:
            return
        from tensorboard.compat.proto.summary_pb2 import Summary

        image: np.ndarray = self.model.image
        height, width, channels = image.shape
        encoded = Summary.Image(
            height=height,
            width=width,
            colorspace=channels,
            encoded_image_string=iio.imwrite("<bytes>", image, extension=".png", plugin="pillow"),
        )
        value = Summary.Value(tag="picture", image=encoded)
        with warn_if_not_saved(self.folder):
            self._write(step=self.model.state.step, summary=Summary(value=[value]))

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Closes the file."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with warn_if_not_saved(self.folder):
                writer.close()

    def _open(self) -> None:
        # TensorBoard's own EventFileWriter would import TensorFlow where it is installed.
        from tensorboard.summary.writer.record_writer import RecordWriter

        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._writer = RecordWriter((self.folder / name).open("wb"))
        self._write(file_version="brain.Event:2")

    def _write(self, **content: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.write(Event(wall_time=time.time(), **content).SerializeToString())
        self._writer.flush()
