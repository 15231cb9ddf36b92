"""Where figures go: live into a notebook, or to a file."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from nst_framework import prepare_output, whole_file

FIGURE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".pdf", ".svg")


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook, which can show pictures."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


class FigureOutput:
    """Shows a figure in a notebook, in the same place each time, and writes it to a file.

    Args:
        path: Path of the file; `None` for none, which needs a notebook.
    """

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.path = None if path is None else Path(path)
        self._display: Any = None

    def prepare(self) -> None:
        """Finds out whether figures can be shown or written, and begins a new place for them."""
        self._display = None
        if self.path is not None:
            prepare_output(self.path, FIGURE_EXTENSIONS)
        elif not in_notebook():
            raise ValueError(
                "Expected a path for the figure outside a notebook. Received: path=None. Pass a "
                "path such as 'figure.png'."
            )

    def update(self, figure: Figure) -> None:
        """Shows and writes the figure in the place of the one before."""
        if self.path is not None:
            with whole_file(self.path) as partial:
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
