"""Draws the image and its losses in one place, while the run goes on."""

from __future__ import annotations

import os
import time

from matplotlib.figure import Figure

from .figure_callback import FigureCallback
from .loss_curves import plot_losses
from .step_history import StepHistory


class LiveFigure(FigureCallback):
    """Draws the image and the loss over the steps side by side, every few seconds.

    The figure is written to `path`. In a notebook it is also shown and updated in place.

    Example:
    ```python
    trainer.fit(content, style, callbacks=[LiveFigure()])
    ```

    Args:
        path: Path of the file (.png, .jpg, .webp, .pdf, .svg). `None`: only show the figure, which
            requires a notebook.
        every_seconds: Number of seconds from one figure to the next, after a step.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None = None, every_seconds: float = 2.0
    ) -> None:
        super().__init__(path)
        if not every_seconds >= 0:
            raise ValueError(
                "Invalid value for argument `every_seconds`. Expected a number of at least 0. "
                f"Received: every_seconds={every_seconds!r}."
            )
        self.every_seconds = every_seconds

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Starts new curves and checks that the figure can be shown or written."""
        super().on_train_begin(logs)
        self._record = StepHistory()
        self._record.set_model(self.model)
        self._record.on_train_begin()
        self._next = 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Records the losses of the step, and draws the figure if it is time."""
        self._record.on_train_batch_end(batch, logs)
        if time.monotonic() >= self._next:
            self._show(self.draw())
            self._next = time.monotonic() + self.every_seconds

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Draws nothing, since the end of an epoch is that of a step."""

    def draw(self) -> Figure:
        """Draws the image on the left and the losses on the right."""
        image = self.model.image
        figure = Figure(figsize=(8, 3.2), layout="constrained")
        picture, curves = figure.subplots(1, 2)
        picture.imshow(image, interpolation="lanczos")
        picture.set_title(f"step {self.model.state.step}")
        picture.set_axis_off()
        plot_losses(curves, self._record.steps, self._record.history)
        return figure
