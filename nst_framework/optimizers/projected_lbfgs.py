"""L-BFGS with bounds, in float32 on the device, whose curvature memory can be saved."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np
from keras import ops

from ..backend import as_numpy, compile_function
from ..checks import check_integer, check_number
from ..objective.evaluation import Evaluation, NonFiniteLossError
from .base import Bounds, Minimized, Optimizer, Step, check_bounds
from .preconditioner import frequency_response, precondition

FIRST_STEP = 8.0
"""Root mean square of the first trial move, in pixel values."""

SUFFICIENT_DECREASE = 1e-4
"""Armijo's constant: the fraction of the decrease predicted by the slope that a step must reach."""

NON_FINITE_FACTOR = 0.1
"""Factor that shortens a step if the loss is not finite and no parabola can be fitted."""

MAX_TRIALS = 20
"""Number of step lengths tried before a direction is abandoned."""

MIN_CURVATURE = 1e-8
"""Smallest inner product of a step and the gradient's change, relative to their norms."""


@dataclass(frozen=True)
class _Pair:
    """A past step, the change of the gradient over it, and their inner product."""

    step: Any
    change: Any
    product: float


@keras.saving.register_keras_serializable("nst_framework")
class ProjectedLBFGS(Optimizer):
    r"""Projected L-BFGS, preconditioned for images.

    With the gradient $g$ and the approximation $H$ of the inverse Hessian, a step is

    $$ x' = \text{clip}(x - \alpha \, P H P g) $$

    where $P$ excludes the pixels that are at a bound and would move beyond it. The length $\alpha$
    is first 1, then the minimum of a parabola through the trials, until the loss decreases enough
    (Armijo's condition along the projected path). A step along which the gradient does not grow is
    not remembered, so $H$ stays positive definite and every direction leads downhill; Wolfe's
    second condition, which would cost evaluations, is therefore not required. In every step, $H$
    starts as a filter that favors coarse structures (`precondition`), scaled to the most recent
    curvature.

    The vectors are float32 and stay on Keras's device. The curvature memory is kept between epochs
    and saved in checkpoints, bit for bit.

    Sources: Bertsekas, "Projected Newton methods for optimization problems with simple
    constraints", SIAM Journal on Control and Optimization 20, 1982, for the projection; Nocedal
    and Wright, "Numerical optimization", 2006, algorithm 7.4, for $H$.

    Example:
    ```python
    trainer.compile(losses, optimizer=ProjectedLBFGS(memory=20))
    ```

    Args:
        memory: Number of steps whose curvature is remembered; each takes two float32 copies of the
            image.
        bounds: Lowest and highest value of a pixel, or `None` for no bounds.
        exponent: The $\beta$ by which coarse structures are favored, with a factor $f^{-\beta}$ at
            the spatial frequency $f$. 0 favors none.
        highest_frequency: Frequency above which detail in steps is damped, in cycles per pixel
            along either axis. 0.5, the frequency of alternating lines one pixel wide, means no
            limit. Pooling layers hardly respond to such lines, so only the first layers control
            them; without the limit, they cover flat areas with a fine weave.
    """

    resumes_within_epoch = True

    def __init__(
        self,
        memory: int = 10,
        bounds: Bounds = (0.0, 255.0),
        exponent: float = 0.4,
        highest_frequency: float = 0.3,
    ) -> None:
        self.memory = check_integer("memory", memory, minimum=1)
        self.bounds = check_bounds(bounds)
        self.exponent = check_number("exponent", exponent, minimum=0.0)
        self.highest_frequency = check_number("highest_frequency", highest_frequency, minimum=0.0)
        if self.highest_frequency > 0.5:
            raise ValueError(
                "Invalid value for argument `highest_frequency`. Expected a number from 0 to 0.5, "
                f"in cycles per pixel. Received: highest_frequency={highest_frequency!r}. Pass 0.5 "
                "for no limit."
            )
        self._low, self._high = (-np.inf, np.inf) if self.bounds is None else self.bounds
        self._pairs: list[_Pair] = []
        self._scale = 0.0

    # Compiled once, so that another run at a known size does not trace them again.
    @cached_property
    def _direct(self) -> Callable[..., Any]:
        return compile_function(self._compute_direction)

    @cached_property
    def _move(self) -> Callable[..., Any]:
        return compile_function(self._compute_move)

    @cached_property
    def _measure(self) -> Callable[..., Any]:
        return compile_function(self._compute_pair)

    def build(self, image: np.ndarray, state: dict[str, Any]) -> None:
        """Creates an empty curvature memory, or restores a saved one."""
        _, height, width, _ = image.shape
        response = frequency_response(height, width, self.exponent, self.highest_frequency)
        self._response = _to_device(response)
        no_change = ops.zeros(image.shape, dtype="float32")
        self._no_pair = _Pair(no_change, no_change, np.inf)
        self._forget()
        if state:
            self._pairs = [
                _Pair(
                    _to_device(state.pop(f"step_{index}")),
                    _to_device(state.pop(f"change_{index}")),
                    float(product),
                )
                for index, product in enumerate(state["products"])
            ]
            self._scale = float(state["scale"])

    def steps(self, objective: Minimized, image: np.ndarray) -> Generator[Step, None, str | None]:
        """Yields steps, most of them after one evaluation, until none lowers the loss."""
        tensor = _to_device(image)
        evaluation = objective(tensor)
        while True:
            accepted = self._step(objective, tensor, evaluation)
            if accepted is None and self._pairs:
                self._forget()
                accepted = self._step(objective, tensor, evaluation)
            if accepted is None:
                return (
                    "L-BFGS: no step lowers the loss: a minimum, a loss that is not smooth, or "
                    "weights too large or too small for float32"
                )
            tensor, evaluation = accepted
            yield accepted

    def get_state(self) -> dict[str, Any]:
        """Returns the curvature memory: steps, gradient changes, and their products."""
        if not self._pairs:
            return {}
        state: dict[str, Any] = {
            "products": np.array([pair.product for pair in self._pairs]),
            "scale": np.array(self._scale),
        }
        # No copies, which would take most of the memory of a large run.
        for index, pair in enumerate(self._pairs):
            state[f"step_{index}"], state[f"change_{index}"] = pair.step, pair.change
        return state

    def bytes_per_pixel(self) -> float:
        """Estimates the steps and changes, plus about twelve vectors to compute a direction."""
        return (2 * self.memory + 12) * 3 * 4

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            "memory": self.memory,
            "bounds": self.bounds,
            "exponent": self.exponent,
            "highest_frequency": self.highest_frequency,
        }

    def _forget(self) -> None:
        self._pairs, self._scale = [], 0.0

    def _step(self, objective: Minimized, start: Any, evaluation: Evaluation) -> Step | None:
        """The next step, or `None` if no step length lowers the loss."""
        gradient = evaluation.gradient
        pairs = [self._no_pair] * (self.memory - len(self._pairs)) + self._pairs
        vectors = [pair.step for pair in pairs], [pair.change for pair in pairs]
        inverses = np.array([1 / pair.product for pair in pairs], np.float32)
        scale = np.float32(self._scale or 1.0)
        direction, numbers = self._direct(
            start, gradient, *vectors, inverses, scale, self._response
        )
        slope, square = as_numpy(numbers).tolist()
        length = 1.0 if self._scale else FIRST_STEP / max(square, 1e-30) ** 0.5
        failure: NonFiniteLossError | None = None
        any_finite = False
        for _ in range(MAX_TRIALS):
            if not slope < 0:
                return None
            moved, promised = self._move(start, gradient, direction, np.float32(length))
            try:
                trial = objective(moved)
            except NonFiniteLossError as error:
                failure = error
                length *= NON_FINITE_FACTOR
                continue
            any_finite = True
            least = SUFFICIENT_DECREASE * min(as_numpy(promised).item(), 0.0)
            if trial.loss < evaluation.loss + least:
                self._remember(moved, start, trial.gradient, gradient)
                return Step(moved, trial)
            bend = trial.loss - evaluation.loss - length * slope
            length *= float(np.clip(-slope * length / (2 * bend), 0.1, 0.5)) if bend > 0 else 0.5
        if failure is not None and not any_finite:
            raise failure
        return None

    def _remember(self, moved: Any, start: Any, new_gradient: Any, gradient: Any) -> None:
        step, change, numbers = self._measure(moved, start, new_gradient, gradient, self._response)
        product, conditioned, step_square, change_square = as_numpy(numbers).tolist()
        if product > MIN_CURVATURE * (step_square * change_square) ** 0.5:
            self._pairs = [*self._pairs, _Pair(step, change, product)][-self.memory :]
            self._scale = product / conditioned

    def _compute_direction(
        self,
        image: Any,
        gradient: Any,
        steps: Any,
        changes: Any,
        inverses: Any,
        scale: Any,
        response: Any,
    ) -> tuple[Any, Any]:
        outwards = ops.logical_or(
            ops.logical_and(image <= self._low, gradient > 0),
            ops.logical_and(image >= self._high, gradient < 0),
        )
        free = ops.cast(ops.logical_not(outwards), gradient.dtype)
        vector = gradient * free
        weights = {}
        for index in reversed(range(self.memory)):
            weights[index] = inverses[index] * ops.sum(steps[index] * vector)
            vector = vector - weights[index] * changes[index]
        vector = scale * self._condition(vector * free, image, response)
        for index in range(self.memory):
            weight = inverses[index] * ops.sum(changes[index] * vector)
            vector = vector + (weights[index] - weight) * steps[index]
        direction = -vector * free
        numbers = ops.sum(direction * gradient), ops.mean(ops.square(direction))
        return direction, ops.stack(numbers)

    def _compute_move(self, image: Any, gradient: Any, direction: Any, length: Any) -> Any:
        moved = ops.clip(image + length * direction, self._low, self._high)
        return moved, ops.sum(gradient * (moved - image))

    def _compute_pair(
        self, moved: Any, image: Any, new_gradient: Any, gradient: Any, response: Any
    ) -> tuple[Any, Any, Any]:
        step, change = moved - image, new_gradient - gradient
        conditioned = ops.sum(change * self._condition(change, moved, response))
        products = (step * change, ops.square(step), ops.square(change))
        product, step_square, change_square = map(ops.sum, products)
        return step, change, ops.stack([product, conditioned, step_square, change_square])

    def _condition(self, vector: Any, image: Any, response: Any) -> Any:
        filtered = self.exponent != 0 or self.highest_frequency != 0.5
        return precondition(vector, image, response if filtered else None, self.bounds)


def _to_device(array: np.ndarray) -> Any:
    return ops.convert_to_tensor(array, dtype="float32")
