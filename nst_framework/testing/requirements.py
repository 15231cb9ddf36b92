"""Helpers of the checks: requirements, numerical comparisons and configurations."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import keras
import numpy as np

from ..extractors.base import FeatureExtractor
from ..losses.base import Loss

Component = TypeVar("Component", Loss, FeatureExtractor)

Arrays = dict[str, np.ndarray]
"""Arrays by name, such as features by layer."""

Evaluate = Callable[[Arrays], tuple[float, Arrays]]
"""A function that returns the value and the gradient at a point."""

DTYPE: str = keras.backend.result_type("float64")
"""The widest dtype in which Keras computes: float64 on TensorFlow, float32 on JAX and PyTorch."""

# Python floats, because NumPy scalars would promote float32 arrays to float64.
NODES, NODE_WEIGHTS = (array.tolist() for array in np.polynomial.legendre.leggauss(4))


@contextmanager
def double_precision() -> Iterator[None]:
    """A context in which float64 inputs are computed in float64.

    This holds on TensorFlow. On JAX and PyTorch, Keras's functions convert float64 to float32.

    Raises:
        RuntimeError: If Keras's backend is JAX or PyTorch.
    """
    if DTYPE != "float64":
        raise RuntimeError(
            "Expected a backend on which Keras computes in float64, which is TensorFlow. Received: "
            f"{keras.backend.backend()!r}, on which it computes in {DTYPE}. Compare with a "
            f"tolerance for {DTYPE} instead."
        )
    yield


def require(condition: bool, message: str) -> None:
    """Raises an `AssertionError` with the message unless the condition holds.

    Unlike an `assert` statement, it also works under `python -O`.
    """
    if not condition:
        raise AssertionError(message)


def error_of(function: Callable[[], Any]) -> Exception | None:
    """The exception that the function raises, or `None`."""
    try:
        function()
    except Exception as error:
        # The user's code may raise any exception, and so may the backends if shapes do not match.
        # The exception becomes part of the message.
        return error
    return None


def require_no_error(function: Callable[[], Any], message: str) -> None:
    """Raises an `AssertionError` with both messages if the function raises an exception."""
    error = error_of(function)
    if error is not None:
        words = (str(error).splitlines() or [""])[0]
        reason = f"({type(error).__name__}: {words})"
        raise AssertionError(f"{message.removesuffix('.')} {reason}.") from error


def require_finite(array: np.ndarray | float, message: str) -> None:
    """Raises an `AssertionError` unless all numbers are finite."""
    require(
        bool(np.isfinite(array).all()),
        f"{message}: add a small number in roots, logarithms and denominators.",
    )


def relative_error(actual: Any, expected: Any) -> float:
    """The norm of the difference over the larger norm; infinite if the shapes differ."""
    left, right = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    if left.shape != right.shape:
        return np.inf
    size = max(float(np.linalg.norm(left)), float(np.linalg.norm(right)))
    return float(np.linalg.norm(left - right)) / size if size > 0 else 0.0


def path_error(
    evaluate: Evaluate,
    point: Arrays,
    gradient: Arrays,
    direction: Arrays,
    lengths: Sequence[float],
    tolerance: float,
) -> float:
    """The relative error between a change of the value and the gradient's integral along a path.

    The path is centered at the point and extends by each of `lengths` times the direction to both
    sides. Short paths reveal a wrong gradient. Long ones reveal jumps, such as those of rounding,
    while kinks average out. The result is the smallest error, because kinks and strong curvature
    affect only some lengths. No further length is tried once the error is below the tolerance.
    """
    errors = []
    for length in lengths:
        path = {name: length * array for name, array in direction.items()}
        change = evaluate(_moved(point, path, 1))[0] - evaluate(_moved(point, path, -1))[0]
        integral = sum(
            weight * _slope(evaluate(_moved(point, path, node))[1], path)
            for node, weight in zip(NODES, NODE_WEIGHTS, strict=True)
        )
        # The slope in a random direction may be close to 0, so the error is relative to the
        # typical slope of random directions.
        usual = sum(
            float(np.linalg.norm(gradient[name]) * np.linalg.norm(array) / np.sqrt(array.size))
            for name, array in path.items()
        )
        size = max(abs(change), abs(integral), usual)
        errors.append(abs(change - integral) / size if size > 0 else 0.0)
        if errors[-1] < tolerance:
            break
    return min(errors)


def rebuild(component: Component) -> Component | None:
    """Checks the configuration and rebuilds the component from it, by way of JSON.

    The result is `None` if `from_config` raises `NotImplementedError`, which declares that the
    component cannot be rebuilt.
    """
    kind = type(component)
    name = kind.__name__
    config = component.get_config()
    require(
        isinstance(config, dict),
        f"{name}.get_config() returned {config!r}, where a dictionary of the constructor's "
        "arguments is expected.",
    )
    require_no_error(
        lambda: json.dumps(config, allow_nan=False),
        f"{name}.get_config() returned a value that JSON cannot hold: return only strings, "
        "numbers, lists and dictionaries.",
    )
    for parameter in inspect.signature(kind).parameters.values():
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        # The class declares its target. Below, the target of the rebuilt loss is checked.
        declared = parameter.name == "target" and kind.__init__ is Loss.__init__
        require(
            not named or declared or parameter.name in config,
            f"{name}.get_config() lacks the constructor's argument {parameter.name!r}: add it to "
            "the dictionary.",
        )
    text = json.dumps(config)
    if isinstance(error_of(lambda: kind.from_config(json.loads(text))), NotImplementedError):
        return None
    require_no_error(
        lambda: kind.from_config(json.loads(text)),
        f"{name}.from_config does not accept the result of get_config: get_config must return the "
        "constructor's arguments, unless from_config is overridden.",
    )
    again = kind.from_config(json.loads(text))
    require(
        type(again) is kind,
        f"{name}.from_config made a {type(again).__name__}: return cls(...) with the arguments.",
    )
    after = vars(again)
    for attribute, value in vars(component).items():
        if _is_plain(value) and _is_plain(after.get(attribute)):
            require(
                _equal(value, after.get(attribute)),
                f"{name}.{attribute} is {value!r}, but {after.get(attribute)!r} after get_config "
                "and from_config: get_config must return the constructor's arguments as they "
                "were given.",
            )
    require(
        json.dumps(again.get_config(), sort_keys=True) == json.dumps(config, sort_keys=True),
        f"{name}.get_config() returned {config}, but {again.get_config()} after from_config: it "
        "must return the constructor's arguments.",
    )
    return again


def _moved(point: Arrays, direction: Mapping[str, np.ndarray], length: float) -> Arrays:
    """The point moved by `length` times the direction; arrays not in the direction stay."""
    return {
        name: (array + length * direction[name]).astype(array.dtype) if name in direction else array
        for name, array in point.items()
    }


def _slope(gradient: Arrays, direction: Arrays) -> float:
    return sum(
        float(np.vdot(gradient[name].astype(np.float64), array))
        for name, array in direction.items()
    )


def _is_plain(value: Any) -> bool:
    """Whether a value consists of numbers and text; arrays, caches and models are not compared."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        # JSON does not distinguish lists from tuples.
        return len(left) == len(right) and all(map(_equal, left, right))
    return bool(left == right)
