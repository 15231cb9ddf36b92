"""Callbacks that draw a figure to a file or live in a notebook."""

from __future__ import annotations

import io
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nst_framework.saving import atomic_write, check_writable, warn_if_not_saved

from .step_history import StepHistory
from .timing import Timer

FIGURE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".pdf", ".svg")

HEIGHT = 4.0
"""Height of the images in a `ComparisonFigure`, in inches."""


def in_notebook() -> bool:
    """Whether this process is a notebook kernel, which can show figures."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


class FigureCallback(keras.callbacks.Callback, ABC):
    """Draws a figure at the end of every epoch; subclasses implement `draw`.

    The figure is written to `path`. In a notebook it is also shown and updated in place.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        super().__init__()
        self.path = None if path is None else Path(path)
        self._display: Any = None

    @abstractmethod
    def draw(self) -> Figure:
        """Returns the figure for the current state of the run."""

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Checks that the figure can be shown or written."""
        self._display = None
        if self.path is not None:
            check_writable(self.path, FIGURE_EXTENSIONS)
        elif not in_notebook():
            raise ValueError(
                "Expected a path for the figure outside a notebook. Received: path=None. Pass a "
                "path such as 'figure.png'."
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Draws the figure."""
        self._show(self.draw())

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Draws the figure again, because a run may end within an epoch."""
        self._show(self.draw())

    def _show(self, figure: Figure) -> None:
        if self.path is not None:
            with warn_if_not_saved(self.path), atomic_write(self.path) as partial:
                figure.savefig(partial, dpi=150)
        if in_notebook():
            from IPython.display import Image, display

            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", dpi=100)
            picture = Image(data=buffer.getvalue(), format="png")
            if self._display is None:
                self._display = display(picture, display_id=True)
            else:
                self._display.update(picture)


class ComparisonFigure(FigureCallback):
    """Draws the content, the styles and the image side by side at the end of every epoch.

    The figure is written to `path`. In a notebook it is also shown and updated in place.

    Example:
    ```python
    ComparisonFigure("outputs/comparison.png")
    ```

    Args:
        path: Path of the file (.png, .jpg, .webp, .pdf, .svg). `None`: only show the figure, which
            requires a notebook.
    """

    def draw(self) -> Figure:
        """Draws the images in a row."""
        styles = self.model.styles
        numbers = [""] if len(styles) == 1 else [f" {i + 1}" for i in range(len(styles))]
        pictures = {
            "content": self.model.content,
            **{f"style{number}": style for number, style in zip(numbers, styles, strict=True)},
            f"step {self.model.state.step}": self.model.image,
        }
        ratios = [picture.shape[1] / picture.shape[0] for picture in pictures.values()]
        figure = Figure(
            figsize=(HEIGHT * float(np.sum(ratios)), HEIGHT + 0.4), layout="constrained"
        )
        axes = figure.subplots(1, len(pictures), width_ratios=ratios)
        for axis, (title, picture) in zip(axes, pictures.items(), strict=True):
            axis.imshow(picture, interpolation="lanczos")
            axis.set_title(title)
            axis.set_axis_off()
        return figure


class LossCurves(FigureCallback):
    """Plots the loss and its terms against the steps at the end of every epoch.

    The figure is written to `path`. In a notebook it is also shown and updated in place.

    Example:
    ```python
    LossCurves("outputs/losses.png")
    ```

    Args:
        path: Path of the file (.png, .jpg, .webp, .pdf, .svg). `None`: only show the figure, which
            requires a notebook.
    """

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Clears the curves and checks that the figure can be shown or written."""
        super().on_train_begin(logs)
        self._record = StepHistory()
        self._record.set_model(self.model)
        self._record.on_train_begin()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Records the losses of the step."""
        self._record.on_train_batch_end(batch, logs)

    def draw(self) -> Figure:
        """Plots one line for the loss and one for each term."""
        return draw_losses(self._record.steps, self._record.history)


class LiveFigure(LossCurves):
    """Draws the image beside a plot of its losses every few seconds.

    The figure is written to `path`. In a notebook it is also shown and updated in place.

    Example:
    ```python
    trainer.fit(content, style, callbacks=[LiveFigure()])
    ```

    Args:
        path: Path of the file (.png, .jpg, .webp, .pdf, .svg). `None`: only show the figure, which
            requires a notebook.
        every_seconds: Minimum number of seconds between figures. They are drawn after a step.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None = None, every_seconds: float = 2.0
    ) -> None:
        super().__init__(path)
        self._timer = Timer(every_seconds)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Clears the curves and checks that the figure can be shown or written."""
        super().on_train_begin(logs)
        self._timer.make_due()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Records the losses of the step and draws the figure if it is due."""
        super().on_train_batch_end(batch, logs)
        if self._timer.is_due():
            self._show(self.draw())
            self._timer.restart()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Does nothing: an epoch ends with a step, which draws the figure if it is due."""

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


def draw_losses(steps: Sequence[int], history: Mapping[str, Sequence[float]]) -> Figure:
    """Plots one line for the loss and one for each term.

    `history` is `{name: [value at each step]}`, as in `StepHistory`.
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    plot_losses(figure.subplots(), steps, history)
    return figure


def plot_losses(axis: Axes, steps: Sequence[int], history: Mapping[str, Sequence[float]]) -> None:
    """Plots the losses on existing axes, with the arguments of `draw_losses`."""
    losses = {name: each for name, each in history.items() if name != "size"}
    positive = all(value > 0 for values in losses.values() for value in values)
    scale = "log" if positive else "linear"
    for name, values in losses.items():
        width = 2.5 if name == "loss" else 1.2
        axis.plot(steps, values, linewidth=width, label=name.replace("_", " "))
    axis.set(xlabel="step", ylabel="weighted loss", yscale=scale)
    axis.grid(alpha=0.3)
    if losses:
        axis.legend()
