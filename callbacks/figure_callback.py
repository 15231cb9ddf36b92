"""The base of callbacks that draw a figure, to a file or live in a notebook."""

from __future__ import annotations

import io
import os
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import keras
from matplotlib.figure import Figure

from nst_framework.saving import atomic_write, check_writable, warn_if_not_saved

FIGURE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".pdf", ".svg")


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, which can show figures."""
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
        """Checks before the first step that the figure can be shown or written."""
        self._display = None
        if self.path is not None:
            check_writable(self.path, FIGURE_EXTENSIONS)
        elif not in_notebook():
            raise ValueError(
                "Expected a path for the figure, because this is not a notebook. Received: "
                "path=None. Pass a path such as 'figure.png'."
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Draws the figure."""
        self._show(self.draw())

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Draws the figure once more, because a run may end within an epoch."""
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
