"""Draws content, styles and image side by side."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from .figure_callback import FigureCallback

HEIGHT = 4.0
"""Height of the pictures, in inches."""


class ComparisonFigure(FigureCallback):
    """Draws content, styles and image side by side at the end of every epoch.

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
        """Draws the pictures in a row."""
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
