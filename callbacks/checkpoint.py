"""Saves the whole run, so that it can be resumed later."""

from __future__ import annotations

import os

import keras

from nst_framework import prepare_output


class Checkpoint(keras.callbacks.Callback):
    """Saves the whole run to one file at the end of every epoch.

    `trainer.fit(..., resume_from=path)` resumes it: five epochs, a new process and five more epochs
    equal ten epochs without a break, bit for bit. The file holds the image at full precision, the
    best image, the counters, the history, the optimizer's state and the configuration of the run.

    Example:
    ```python
    trainer.fit(content, style, epochs=10, callbacks=[Checkpoint("run.npz")])
    ```

    Args:
        path: Path of the file, ending in .npz. It is replaced atomically, so that it is always a
            complete checkpoint.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self.path = path

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks before the first step that the file can be written."""
        prepare_output(self.path, [".npz"])

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Saves the run."""
        self.model.state.save(self.path)
