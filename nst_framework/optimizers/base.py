"""The abstract optimizer, which changes the image to lower the loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from ..objective.evaluation import Evaluation

Bounds = tuple[float, float] | None
"""Lowest and highest value of a pixel, or `None` for no bounds."""

OnStep = Callable[[Any, Evaluation], bool]
"""`on_step(image, evaluation) -> stop`: called after each accepted step."""


class Optimizer(ABC):
    """Changes the image to lower the loss; a subclass implements `minimize`, which is one epoch.

    Example:
    ```python
    class GradientDescent(Optimizer):
        def minimize(self, objective, image, steps, on_step):
            evaluation = objective(image)
            for _ in range(steps):
                image = np.clip(image - 100.0 * evaluation.gradient, 0, 255)
                evaluation = objective(image)
                if on_step(image, evaluation):
                    return "stopped by a callback"
            return "all steps done"
    ```

    Attributes:
        resumes_within_epoch: Whether image and state at the end of any step are all that the next
            step needs, so that a run that was saved there goes on bit for bit. Otherwise, only the
            end of an epoch is exact.
        built: Whether a run has called `build`; the run sets it.
        iterations: Number of steps that the run has made, which the run counts: a
            `keras.Variable`, as callbacks know it of Keras's optimizers; `None` before a run.
    """

    resumes_within_epoch = False
    built = False
    iterations: keras.Variable | None = None

    def build(self, image: np.ndarray, state: dict[str, Any]) -> None:
        """Prepares for images of one size; called before the first epoch at each scale.

        Args:
            image: Array `(1, height, width, 3)`, float32: the starting image.
            state: What `get_state` returned when the run was saved; empty for a new run. Remove
                large arrays from it (`state.pop(name)`), so that they are not in memory twice.
        """
        return None

    @abstractmethod
    def minimize(
        self,
        objective: Callable[[Any], Evaluation],
        image: np.ndarray,
        steps: int,
        on_step: OnStep,
    ) -> str:
        """Runs one epoch; a subclass implements it.

        Args:
            objective: `image -> Evaluation`. The gradient is an array if the image is one. If it is
                a tensor, so is the gradient, and only numbers leave Keras's device. It raises a
                `NonFiniteLossError` if the loss or its gradient is not finite, which ends the run.
                An optimizer that can try a shorter step catches it, except for the starting image
                of the epoch.
            image: Array `(1, height, width, 3)`, float32: the starting image of the epoch.
            steps: Maximum number of steps.
            on_step: Call `on_step(image, evaluation)` after each accepted step, with an array or
                tensor that does not change afterwards. If it returns true, end the epoch.

        Returns:
            Why the epoch ended, in a few words.
        """

    def bytes_per_pixel(self) -> float:
        """Estimates the bytes of memory per pixel of the image; by default, six float32 copies."""
        return 6 * 3 * 4

    def get_state(self) -> dict[str, Any]:
        """What is kept from one epoch to the next besides the image; by default, nothing.

        If the optimizer `resumes_within_epoch`, this is called after steps as well.

        Returns:
            Arrays or tensors by name; tensors are fetched from the device when a run is saved.
        """
        return {}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Optimizer:
        """Makes an optimizer from what `get_config` returned."""
        return cls(**config)


def check_bounds(bounds: Bounds) -> Bounds:
    """Returns the bounds as floats, or raises a `ValueError`."""
    if bounds is None:
        return None
    if len(bounds) != 2 or not bounds[0] < bounds[1]:
        raise ValueError(
            "Invalid value for argument `bounds`. Expected (lowest, highest) or None. Received: "
            f"bounds={bounds!r}. Pass a smaller and a larger number."
        )
    return float(bounds[0]), float(bounds[1])
