"""Argument checks whose errors say what was expected and what was received."""

from __future__ import annotations

import difflib
import inspect
import numbers
from collections.abc import Callable, Iterable
from typing import Any

LARGEST = 3.4e38
"""Just below the largest number of float32, in which the losses are computed."""


def check_number(argument: str, value: object, minimum: float | None = None) -> float:
    """Returns the value as a float, or raises a `ValueError` that names the argument."""
    least = "" if minimum is None else f" of at least {minimum:g}"
    most = f" and at most {LARGEST:g}" if least else f" between -{LARGEST:g} and {LARGEST:g}"
    if (
        isinstance(value, bool)
        or not isinstance(value, numbers.Real)
        or not -LARGEST <= float(value) <= LARGEST
        or (minimum is not None and value < minimum)
    ):
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a finite number{least}{most}. "
            f"Received: {argument}={value!r}."
        )
    return float(value)


def check_part(argument: str, value: object) -> float:
    """Returns a fraction of at least 0 and below 1, or raises a `ValueError` that names it."""
    if check_number(argument, value, minimum=0.0) >= 1:
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a number of at least 0 and below "
            f"1. Received: {argument}={value!r}."
        )
    return float(value)  # type: ignore[arg-type]


def did_you_mean(name: object, known: Iterable[str], show: Callable[[str], str] = repr) -> str:
    """A question to append to an error, or an empty string if no known name is similar.

    Example:
    ```python
    did_you_mean("stile", ["style", "size"])  # " Did you mean 'style'?"
    ```
    """
    found = difflib.get_close_matches(str(name), list(known), n=1)
    return f" Did you mean {show(found[0])}?" if found else ""


def check_integer(argument: str, value: object, minimum: int) -> int:
    """Returns the value as an int, or raises a `ValueError` that names the argument."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < minimum:
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a whole number of at least "
            f"{minimum}. Received: {argument}={value!r}."
        )
    return int(value)


def check_scalar(value: Any, method: Any) -> Any:
    """Returns what a method of a loss returned, or says where the method is if it is no scalar."""
    shape = getattr(value, "shape", () if isinstance(value, numbers.Real) else None)
    if shape is None or tuple(shape) != ():
        code = getattr(inspect.unwrap(method), "__code__", None)
        place = f"{code.co_filename}, line {code.co_firstlineno}: " if code else ""
        received = repr(value) if shape is None else f"a tensor of shape {tuple(shape)}"
        raise ValueError(
            f"{place}Expected {method.__qualname__} to return a scalar tensor. Received: "
            f"{received}. Return a mean over all axes."
        )
    return value
