"""Argument checks whose errors state the expected and the received value."""

from __future__ import annotations

import difflib
import inspect
import numbers
from collections.abc import Callable, Iterable
from typing import Any

MAX_FLOAT32 = 3.4e38
"""Just below the largest float32; losses are computed in float32."""


def check_number(argument: str, value: object, minimum: float | None = None) -> float:
    """Returns the value as a float, or raises a `ValueError` that names the argument."""
    least = "" if minimum is None else f" of at least {minimum:g}"
    high = f"{MAX_FLOAT32:g}"
    most = f" and at most {high}" if least else f" between -{high} and {high}"
    if (
        isinstance(value, bool)
        or not isinstance(value, numbers.Real)
        or not -MAX_FLOAT32 <= float(value) <= MAX_FLOAT32
        or (minimum is not None and value < minimum)
    ):
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a finite number{least}{most}. "
            f"Received: {argument}={value!r}."
        )
    return float(value)


def check_fraction(argument: str, value: object) -> float:
    """Returns a number of at least 0 and below 1, or raises a `ValueError` that names it."""
    if check_number(argument, value, minimum=0.0) >= 1:
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected a number of at least 0 and below "
            f"1. Received: {argument}={value!r}."
        )
    return float(value)  # type: ignore[arg-type]


def did_you_mean(name: object, known: Iterable[str], show: Callable[[str], str] = repr) -> str:
    """Suggests a known name, to append to an error; an empty string if none is similar.

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
    """Returns a loss method's result, or raises an error that locates it if it is not a scalar."""
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
