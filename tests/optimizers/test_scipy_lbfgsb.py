"""SciPy's solver in its thread: the thread ends with the steps, and errors propagate."""

from __future__ import annotations

import gc
import itertools
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest
from host_objective import quadratic

from nst_framework import Evaluation, ScipyLBFGSB


def solver_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "L-BFGS-B"]


def test_scipys_thread_ends_with_its_steps(start: np.ndarray, target: np.ndarray) -> None:
    main = threading.current_thread()
    objective = quadratic(target)

    def in_this_thread(image: Any) -> Evaluation:
        assert threading.current_thread() is main
        return objective(image)

    steps = ScipyLBFGSB().steps(in_this_thread, start)
    next(steps)
    assert len(solver_threads()) == 1
    steps.close()
    assert not solver_threads()
    assert len(list(ScipyLBFGSB().steps(quadratic(start), start))) == 0, "it converges at once"
    assert not solver_threads()
    steps = ScipyLBFGSB().steps(in_this_thread, start)
    next(steps)
    del steps
    gc.collect()
    assert not solver_threads()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("broken")])
@pytest.mark.parametrize("call", [1, 2, 5])
def test_errors_of_the_objective_propagate_through_scipy(
    error: BaseException, call: int, start: np.ndarray, target: np.ndarray
) -> None:
    objective, calls = quadratic(target), itertools.count(1)

    def failing(image: Any) -> Evaluation:
        if next(calls) == call:
            raise error
        return objective(image)

    with pytest.raises(type(error)):
        for _ in ScipyLBFGSB().steps(failing, start):
            pass
    assert not solver_threads()


def test_errors_of_scipy_are_raised_where_a_step_is_requested(start: np.ndarray) -> None:
    optimizer = ScipyLBFGSB()
    optimizer.memory = -1
    with pytest.raises(ValueError, match="negative|memory|maxcor|array|shape|dimension"):
        next(optimizer.steps(quadratic(start), start))
    assert not solver_threads()


def test_python_exits_although_a_generator_of_steps_is_open() -> None:
    code = (
        "import numpy as np\n"
        "from nst_framework import Evaluation, ScipyLBFGSB\n"
        "def objective(image):\n"
        "    return Evaluation(float((image**2).sum()), {}, 2 * image)\n"
        "start = np.linspace(1, 200, 60, dtype=np.float32).reshape(1, 4, 5, 3)\n"
        "steps = ScipyLBFGSB(bounds=None).steps(objective, start)\n"
        "next(steps)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
