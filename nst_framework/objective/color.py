"""An objective whose gradient keeps an image within a colour mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops

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

    def prepare(self, image: np.ndarray) -> None:
        """Computes the targets that depend on the image with which an epoch begins."""
        self._objective.prepare(image)

    def __call__(self, image: Any, weights: Mapping[str, float] | None = None) -> Evaluation:
        """Evaluates the losses, and the component of their gradient within the mode's colours.

        Args:
            image: Array or tensor `(1, height, width, 3)`, float32, 0 to 255, in the mode's
                colours.
            weights: A weight for each loss, by name; by default those of the objective.
        """
        evaluation = self._objective(image, weights)
        if not self._color.is_grey:
            return evaluation
        library: Any = np if isinstance(evaluation.gradient, np.ndarray) else ops
        grey = library.mean(evaluation.gradient, axis=-1, keepdims=True)
        return replace(evaluation, gradient=library.repeat(grey, 3, axis=-1))
