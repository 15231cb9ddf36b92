"""SciPy's L-BFGS-B, the solver of Gatys et al., with bounds on the pixels."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
from collections.abc import Generator
from typing import Any

import keras
import numpy as np
from scipy.optimize import Bounds, OptimizeResult, minimize

from ..checks import check_integer
from ..objective.evaluation import NonFiniteLossError
from .base import Minimized, Optimizer, Step, check_bounds

FIRST_STEP = 8.0
"""Root mean square of the solver's first trial move, in pixel values."""


@keras.saving.register_keras_serializable("nst_framework")
class ScipyLBFGSB(Optimizer):
    """SciPy's limited-memory BFGS with bounds.

    Each epoch is one run of the solver with an empty curvature memory. Only the image is kept
    between epochs. Resuming is therefore exact at the end of an epoch but not within one, because
    SciPy has no public way to export the solver's state. Keep the bounds: without them, the result
    is clipped when it is saved, which can double its loss.

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

    def steps(self, objective: Minimized, image: np.ndarray) -> Generator[Step, None, str | None]:
        """Yields the iterations of one run of SciPy's solver."""
        latest: Step | None = None
        accepted: Step | None = None
        failure: NonFiniteLossError | None = None
        # If all variables are bounded, SciPy's first move is minus the gradient at full length.
        # Scaling the objective makes this a move of a few pixel values, whatever the losses' unit.
        scale = 0.0
        with contextlib.closing(_Solver(image, self.memory, self.bounds)) as solver:
            call = solver.send(None)
            while not isinstance(call, OptimizeResult):
                if call is None:
                    # SciPy accepts a step right after evaluating it, so the latest evaluation is
                    # that of the accepted image.
                    assert latest is not None
                    accepted, failure = latest, None
                    yield latest
                    call = solver.send(None)
                    continue
                candidate = call.reshape(image.shape).astype(np.float32)
                try:
                    evaluation = objective(candidate)
                except NonFiniteLossError as error:
                    if accepted is None:
                        raise
                    failure = error
                    call = solver.send(_penalty(call, accepted, scale))
                    continue
                latest = Step(candidate, evaluation)
                accepted = accepted or latest
                gradient = evaluation.gradient.astype(np.float64).ravel()
                if scale == 0:
                    length = np.sqrt(np.mean(gradient**2))
                    scale = FIRST_STEP / length if length > 0 else 1.0
                call = solver.send((scale * evaluation.loss, scale * gradient))
        if failure is not None and latest is accepted:
            raise failure
        return f"L-BFGS-B: {call.message} (status {call.status})"

    def bytes_per_pixel(self) -> float:
        """Estimates SciPy's `2 * memory + 5` float64 vectors, plus four for image and gradient."""
        return (2 * self.memory + 9) * 3 * 8

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"memory": self.memory, "bounds": self.bounds}


def _penalty(variables: np.ndarray, accepted: Step, scale: float) -> tuple[float, np.ndarray]:
    """Replaces the value and gradient of a non-finite trial, which would break the line search.

    They make its parabola choose about a tenth of the step, whatever its length.
    """
    start, evaluation = accepted
    gradient = scale * evaluation.gradient.astype(np.float64).ravel()
    change = gradient @ (variables - start.ravel())
    return scale * evaluation.loss + 4 * abs(float(change)), gradient


class _Closed(Exception):  # noqa: N818
    """Ends the solver's thread."""


class _Solver:
    """Runs SciPy's solver in its own thread, which waits for evaluations and between steps.

    SciPy calls the objective and a callback and returns at the end, but a run asks for one step at
    a time. A custom driver would need SciPy's private `setulb`, whose interface changed in SciPy
    1.15; the thread needs only public functions. It does only the solver's arithmetic. The caller
    of `send` evaluates the objective, so Ctrl-C, errors and the backends' per-thread state behave
    as with any other optimizer. Only one of the two threads works at a time.
    """

    def __init__(self, image: np.ndarray, memory: int, bounds: tuple[float, float] | None) -> None:
        self._calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        # A daemon, so that an unclosed generator does not keep Python from exiting.
        self._thread = threading.Thread(
            target=self._run, args=(image, memory, bounds), name="L-BFGS-B", daemon=True
        )
        self._thread.start()

    def send(self, answer: tuple[float, np.ndarray] | None) -> Any:
        """Answers the solver's last call and returns its next.

        A call is a float64 vector, to be answered with its value and gradient; `None` for an
        accepted step; or SciPy's result. The first answer, before any call, is `None`.
        """
        self._answers.put(answer)
        call = self._calls.get()
        if isinstance(call, BaseException):
            raise call
        return call

    def close(self) -> None:
        """Ends the thread."""
        self._answers.put(_Closed())
        # A daemon no longer runs while Python exits, so since 3.13 joining it would never return.
        if not sys.is_finalizing():
            self._thread.join()

    def _run(self, image: np.ndarray, memory: int, bounds: tuple[float, float] | None) -> None:
        try:
            self._wait()
            result = minimize(
                self._evaluate,
                image.astype(np.float64).ravel(),
                jac=True,
                method="L-BFGS-B",
                bounds=None if bounds is None else Bounds(*bounds),
                callback=self._accept,
                options={
                    # The run counts the steps.
                    "maxiter": sys.maxsize,
                    "maxfun": sys.maxsize,
                    "maxcor": memory,
                    # In float32, changes of the loss are too coarse to detect convergence.
                    "ftol": 0.0,
                    "gtol": 0.0,
                },
            )
            self._calls.put(result)
        except _Closed:
            pass
        except BaseException as error:  # `send` raises it in the caller's thread.
            self._calls.put(error)

    def _evaluate(self, variables: np.ndarray) -> Any:
        self._calls.put(variables)
        return self._wait()

    # SciPy passes an OptimizeResult only if the parameter has this name.
    def _accept(self, intermediate_result: OptimizeResult) -> None:
        self._calls.put(None)
        self._wait()

    def _wait(self) -> Any:
        answer = self._answers.get()
        if isinstance(answer, _Closed):
            raise answer
        return answer
