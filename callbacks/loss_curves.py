"""Draws the losses over the steps, one line per term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .figure_callback import FigureCallback
from .step_history import StepHistory


class LossCurves(FigureCallback):
    """Draws the loss and each of its terms over the steps, at the end of every epoch.

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
        """Starts new curves and checks that the figure can be shown or written."""
        super().on_train_begin(logs)
        self._record = StepHistory()
        self._record.set_model(self.model)
        self._record.on_train_begin()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Records the losses of the step."""
        self._record.on_train_batch_end(batch, logs)

    def draw(self) -> Figure:
        """Draws one line for the loss and one for each term."""
        return draw_losses(self._record.steps, self._record.history)


def draw_losses(steps: Sequence[int], history: Mapping[str, Sequence[float]]) -> Figure:
    """Draws one line for the loss and one for each term.

    `history` is `{name: [value at each step]}`, as `StepHistory` keeps it.
    """
    figure = Figure(figsize=(7, 4), layout="constrained")
    plot_losses(figure.subplots(), steps, history)
    return figure


def plot_losses(axis: Axes, steps: Sequence[int], history: Mapping[str, Sequence[float]]) -> None:
    """Draws the same into axes of another figure."""
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
