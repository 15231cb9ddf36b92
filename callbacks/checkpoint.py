"""Saves the whole run, so that it can go on later."""

from __future__ import annotations

import os

import keras

from nst_framework import prepare_output


class Checkpoint(keras.callbacks.Callback):
    """Saves the whole run in one file at the end of every epoch.

    `trainer.fit(..., resume_from=path)` goes on from there: ten epochs in one go equal five, a new
    process, and five more, bit for bit. The file holds the image at full precision, the best
    image, the counters, the history, what the optimizer remembers, and what the run was made with.

    Example:
    ```python
    trainer.fit(content, style, epochs=10, callbacks=[Checkpoint("run.npz")])
    ```

    Args:
        path: Path of the file, ending in .npz. It is replaced at once, so that there is a whole
            checkpoint at every moment.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self.path = path

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Finds out before the work whether the file can be written."""
        prepare_output(self.path, [".npz"])

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Saves the run."""
        self.model.state.save(self.path)
