"""The abstract optimizer, which updates the image to reduce the loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias

import keras
import numpy as np

from ..objective.evaluation import Evaluation

Bounds: TypeAlias = tuple[float, float] | None
"""Lowest and highest value of a pixel, or `None` for no bounds."""

Minimized: TypeAlias = Callable[[Any], Evaluation]
"""The function that an optimizer minimizes: `image -> Evaluation`."""


class Step(NamedTuple):
    """One accepted step of an optimizer.

    Args:
        image: Array or tensor `(1, height, width, 3)`, float32, not modified afterwards.
        evaluation: The evaluation of that image.
    """

    image: Any
    evaluation: Evaluation


class Optimizer(ABC):
    """Updates the image to reduce the loss; a subclass implements `steps`, a generator.

    Example:
    ```python
    class GradientDescent(Optimizer):
        def steps(self, objective, image):
            evaluation = objective(image)
            while True:
                image = np.clip(image - 100.0 * evaluation.gradient, 0, 255)
                evaluation = objective(image)
                yield Step(image, evaluation)
    ```

    Attributes:
        resumes_within_epoch: Whether the image and the state after any step are all that the next
            step needs, so that a run saved there resumes bit for bit. Otherwise, resuming is exact
            only at the end of an epoch.
        built: Whether a run has called `build`; the run sets it.
        iterations: The number of steps so far, counted by the run: a `keras.Variable`, as in Keras
            optimizers; `None` before a run.
    """

    resumes_within_epoch = False
    built = False
    iterations: keras.Variable | None = None

    def build(self, image: np.ndarray, state: dict[str, Any]) -> None:
        """Prepares for images of one size; called before the first epoch of each stage.

        Args:
            image: Array `(1, height, width, 3)`, float32: the starting image.
            state: The result of `get_state` when the run was saved; empty for a new run. Remove
                large arrays from it (`state.pop(name)`), so that they are not in memory twice.
        """
        return None

    @abstractmethod
    def steps(self, objective: Minimized, image: np.ndarray) -> Generator[Step, None, str | None]:
        """Yields the steps of one epoch.

        The run closes the generator after the epoch's last step, so the generator need not count
        steps. It also closes the generator if a callback stops the run.

        Args:
            objective: `image -> Evaluation`. The gradient is an array if the image is an array. If
                the image is a tensor, so is the gradient, and only scalars leave Keras's device.
                The call raises a `NonFiniteLossError` if the loss or its gradient is not finite,
                which ends the run. An optimizer that can try a shorter step catches the error,
                except for the starting image of the epoch.
            image: Array `(1, height, width, 3)`, float32: the starting image of the epoch.

        Yields:
            Each accepted step.

        Returns:
            A short reason if the optimizer finds no further step.
        """

    def bytes_per_pixel(self) -> float:
        """Estimates the bytes of memory per pixel of the image; by default, six float32 copies."""
        return 6 * 3 * 4

    def get_state(self) -> dict[str, Any]:
        """Returns the state to keep between epochs besides the image; by default, nothing.

        If `resumes_within_epoch` is true, this is also called after steps.

        Returns:
            Arrays or tensors by name; tensors are fetched from the device when a run is saved.
        """
        return {}

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Optimizer:
        """Makes an optimizer from a configuration returned by `get_config`."""
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
