"""SciPy's L-BFGS-B: the paper's solver, with bounds on the pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from scipy.optimize import Bounds, OptimizeResult, minimize

from ..checks import check_integer
from ..objective.evaluation import Evaluation, NonFiniteLossError
from .base import OnStep, Optimizer, check_bounds

FIRST_STEP = 8.0
"""Root mean square of the solver's first trial move, in pixel values."""


@keras.saving.register_keras_serializable("nst_framework")
class ScipyLBFGSB(Optimizer):
    """Limited-memory BFGS with bounds, from SciPy.

    Each epoch is one run of the solver with an empty curvature memory. Only the image is kept from
    epoch to epoch, so resuming at the end of an epoch is exact, and within one is not: SciPy has no
    public way to export the solver's state. The bounds are worthwhile: without
    them, the result is clipped when it is saved, which can double its loss.

    Source: Byrd, Lu, Nocedal and Zhu, "A limited memory algorithm for bound constrained
    optimization", SIAM Journal on Scientific Computing 16, 1995. Bounds on the pixels are not
    part of Gatys et al.

    Example:
    ```python
    trainer.compile(losses, optimizer=ScipyLBFGSB(memory=20))
    ```

    Args:
        memory: Number of curvature corrections that the solver keeps (SciPy's `maxcor`). It needs
            about `2 * memory + 5` float64 copies of the image.
        bounds: Lowest and highest value of a pixel, or `None` for no bounds.
    """

    def __init__(self, memory: int = 10, bounds: tuple[float, float] | None = (0.0, 255.0)) -> None:
        self.memory = check_integer("memory", memory, minimum=1)
        self.bounds = check_bounds(bounds)

    def minimize(
        self,
        objective: Callable[[np.ndarray], Evaluation],
        image: np.ndarray,
        steps: int,
        on_step: OnStep,
    ) -> str:
        """Runs SciPy's solver for at most `steps` iterations."""
        latest: tuple[np.ndarray, Evaluation] | None = None
        accepted: tuple[np.ndarray, Evaluation] | None = None
        failure: NonFiniteLossError | None = None
        scale = 0.0

        # If all variables are bounded, SciPy's first move is minus the gradient, at full length.
        # The objective is scaled so that this is a move of a few pixel values, whatever the unit of
        # the losses.
        def evaluate(variables: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal scale, latest, accepted, failure
            candidate = variables.reshape(image.shape).astype(np.float32)
            try:
                evaluation = objective(candidate)
            except NonFiniteLossError as error:
                if accepted is None:
                    raise
                failure = error
                return penalise(variables, *accepted)
            latest = candidate, evaluation
            accepted = accepted or latest
            gradient = evaluation.gradient.astype(np.float64).ravel()
            if scale == 0:
                length = np.sqrt(np.mean(gradient**2))
                scale = FIRST_STEP / length if length > 0 else 1.0
            return scale * evaluation.loss, scale * gradient

        # The line search only understands finite numbers. This value and slope make its parabola
        # choose about a tenth of the step, whatever its length.
        def penalise(
            variables: np.ndarray, start: np.ndarray, evaluation: Evaluation
        ) -> tuple[float, np.ndarray]:
            gradient = scale * evaluation.gradient.astype(np.float64).ravel()
            change = gradient @ (variables - start.ravel())
            return scale * evaluation.loss + 4 * abs(float(change)), gradient

        # SciPy recognises by the parameter's name that it should pass its result. A step is
        # accepted right after it is evaluated, so the latest evaluation is that of the accepted
        # image.
        def accept(intermediate_result: OptimizeResult) -> None:
            nonlocal accepted, failure
            assert latest is not None
            accepted, failure = latest, None
            if on_step(*latest):
                raise StopIteration

        result = minimize(
            evaluate,
            image.astype(np.float64).ravel(),
            jac=True,
            method="L-BFGS-B",
            bounds=None if self.bounds is None else Bounds(*self.bounds),
            callback=accept,
            options={
                "maxiter": steps,
                # Only steps are limited; the line search may take up to 20 evaluations for each.
                "maxfun": 21 * steps + 1,
                "maxcor": self.memory,
                # In float32, changes of the loss are too coarse to detect convergence.
                "ftol": 0.0,
                "gtol": 0.0,
            },
        )
        if failure is not None and latest is accepted:
            raise failure
        return f"L-BFGS-B: {result.message} (status {result.status})"

    def bytes_per_pixel(self) -> float:
        """SciPy's float64 vectors: `2 * memory + 5`, plus some for the image and its gradient."""
        return (2 * self.memory + 9) * 3 * 8

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"memory": self.memory, "bounds": self.bounds}
