"""One picture of many: rows of pictures under the names of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure


def contact_sheet(
    rows: Sequence[Mapping[str, np.ndarray]], columns: Sequence[str], inches: float = 3.2
) -> Figure:
    """Draws pictures in rows and named columns.

    Args:
        rows: For each row, arrays `(height, width, 3)`, uint8, by the name of their column; one
            that is missing leaves a gap.
        columns: The names of the columns, in order.
        inches: The width of a column; a picture in it is 160 pixels wide for each inch.

    Returns:
        The figure.
    """
    heights = [max(image.shape[0] / image.shape[1] for image in row.values()) for row in rows]
    figure = Figure(
        figsize=(inches * len(columns), inches * sum(heights) + 0.4), dpi=160, layout="constrained"
    )
    axes = figure.subplots(
        len(rows), len(columns), squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    for row, images in enumerate(rows):
        for column, name in enumerate(columns):
            axis = axes[row, column]
            axis.set(xticks=[], yticks=[])
            axis.axis("off")
            if row == 0:
                axis.set_title(name)
            if name in images:
                axis.imshow(images[name], interpolation="antialiased")
    return figure
