"""What every check is written with: a requirement, and a call of what is checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def require(condition: bool, sentence: str) -> None:
    """Raises an `AssertionError` that says the sentence unless the condition holds.

    It is not the statement `assert`, which Python leaves out under `-O`.
    """
    if not condition:
        raise AssertionError(sentence)


def error_of(function: Callable[[], Any]) -> Exception | None:
    """What the function raises, or `None` if it raises nothing."""
    try:
        function()
    except Exception as error:
        # The user's code is what is checked. What it raises, and what the backends raise for
        # shapes that do not fit, is of any type; it becomes part of the sentence.
        return error
    return None


def require_no_error(function: Callable[[], Any], sentence: str) -> None:
    """Raises an `AssertionError` with the sentence and the error's words if there is an error."""
    error = error_of(function)
    if error is not None:
        words = (str(error).splitlines() or [""])[0]
        reason = f"({type(error).__name__}: {words})"
        raise AssertionError(f"{sentence.removesuffix('.')} {reason}.") from error


def relative_error(actual: Any, expected: Any) -> float:
    """Norm of the difference over the larger of the two norms; infinite for other shapes."""
    left, right = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if left.shape != right.shape:
        return np.inf
    size = max(float(np.linalg.norm(left)), float(np.linalg.norm(right)))
    return float(np.linalg.norm(left - right)) / size if size > 0 else 0.0
