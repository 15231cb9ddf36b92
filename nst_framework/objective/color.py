"""An objective whose gradient keeps an image within a colour mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..images.colors import ColorMode
from .evaluation import Evaluation, ObjectiveFunction


class ObjectiveInColors:
    """Keeps the image of a run within a colour mode, such as grey.

    A network gives each of the three channels a different gradient, so a grey image would take on
    colours, which are not saved.

    Args:
        objective: The objective for images in any colours.
        color: The colour mode.
    """

    def __init__(self, objective: ObjectiveFunction, color: ColorMode) -> None:
        self._objective = objective
        self._color = color

    def __call__(self, image: np.ndarray, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses, and the component of their gradient within the mode's colours.

        Args:
            image: Array `(1, height, width, 3)`, float32, 0 to 255, in the mode's colours.
            weights: A weight for each loss, by name; by default those of the objective.
        """
        evaluation = self._objective(image, weights)
        return replace(evaluation, gradient=self._color.project_gradient(evaluation.gradient))
