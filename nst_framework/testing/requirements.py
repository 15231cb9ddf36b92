"""What every check is built from: requirements, and calls of the code being checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def require(condition: bool, sentence: str) -> None:
    """Raises an `AssertionError` with the sentence unless the condition holds.

    Unlike an `assert` statement, it also works under `python -O`.
    """
    if not condition:
        raise AssertionError(sentence)


def error_of(function: Callable[[], Any]) -> Exception | None:
    """What the function raises, or `None` if it raises nothing."""
    try:
        function()
    except Exception as error:
        # This runs the user's code. It may raise any type of error, and so may the backends where
        # shapes do not fit; the error becomes part of the message.
        return error
    return None


def require_no_error(function: Callable[[], Any], sentence: str) -> None:
    """Raises an `AssertionError` with the sentence and the error's message if there is an error."""
    error = error_of(function)
    if error is not None:
        words = (str(error).splitlines() or [""])[0]
        reason = f"({type(error).__name__}: {words})"
        raise AssertionError(f"{sentence.removesuffix('.')} {reason}.") from error


def relative_error(actual: Any, expected: Any) -> float:
    """Norm of the difference over the larger of the two norms; infinite if the shapes differ."""
    left, right = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if left.shape != right.shape:
        return np.inf
    size = max(float(np.linalg.norm(left)), float(np.linalg.norm(right)))
    return float(np.linalg.norm(left - right)) / size if size > 0 else 0.0
