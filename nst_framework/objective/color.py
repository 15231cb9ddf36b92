"""An objective whose gradient stays in the colours of a mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..images.colors import ColorMode
from .evaluation import Evaluation, ObjectiveFunction


class ObjectiveInColors:
    """Keeps a run on the images of a colour mode, such as grey ones.

    A network sees three channels and gives each its own gradient, so that a grey image would take
    on colours, which are not saved.

    Args:
        objective: The objective of images in any colours.
        color: The colour mode.
    """

    def __init__(self, objective: ObjectiveFunction, color: ColorMode) -> None:
        self._objective = objective
        self._color = color

    def __call__(self, image: np.ndarray, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses and the part of their gradient that stays in the mode's colours.

        Args:
            image: Array `(1, height, width, 3)`, float32, 0 to 255, in the mode's colours.
            weights: A weight for each loss by its name; by default the objective's own.
        """
        evaluation = self._objective(image, weights)
        return replace(evaluation, gradient=self._color.project_gradient(evaluation.gradient))
