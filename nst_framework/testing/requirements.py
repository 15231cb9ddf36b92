"""What every check is built from: requirements, comparisons of numbers, and configurations."""

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
"""A function that returns value and gradient at a point."""

DTYPE: str = keras.backend.result_type("float64")
"""The longest type in which Keras computes: float64 on TensorFlow, float32 on JAX and PyTorch."""

# As Python floats, which leave arrays in float32.
NODES, NODE_WEIGHTS = (array.tolist() for array in np.polynomial.legendre.leggauss(4))


@contextmanager
def double_precision() -> Iterator[None]:
    """What is given in float64 is computed in float64, until the context ends.

    Keras does so on TensorFlow. On JAX and PyTorch its functions make float32 of float64.

    Raises:
        RuntimeError: If Keras's backend is one of these.
    """
    if DTYPE != "float64":
        raise RuntimeError(
            "Expected a backend on which Keras computes in float64, which is TensorFlow. Received: "
            f"{keras.backend.backend()!r}, on which it makes {DTYPE} of it. Compare with a "
            f"tolerance for {DTYPE} instead."
        )
    yield


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


def require_finite(array: np.ndarray | float, sentence: str) -> None:
    """Raises an `AssertionError` unless all numbers are finite."""
    require(
        bool(np.isfinite(array).all()),
        f"{sentence}: add a small number under roots, logarithms and divisions.",
    )


def relative_error(actual: Any, expected: Any) -> float:
    """Norm of the difference over the larger of the two norms; infinite if the shapes differ."""
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
    """How far the value's change along a path is from the gradient's integral along it.

    The path leads from one side of the point to the other, `lengths` times the direction. Short
    paths show a wrong gradient; long ones show jumps, such as those of rounding, while kinks
    average out. The smallest relative error counts, because a kink or a strong curvature disturbs
    only some lengths; below the tolerance, no further length is tried.
    """
    errors = []
    for length in lengths:
        path = {name: length * array for name, array in direction.items()}
        change = evaluate(_moved(point, path, 1))[0] - evaluate(_moved(point, path, -1))[0]
        integral = sum(
            weight * _slope(evaluate(_moved(point, path, node))[1], path)
            for node, weight in zip(NODES, NODE_WEIGHTS, strict=True)
        )
        # A random direction is nearly orthogonal to the gradient, and its slope may happen to be 0.
        # So the error is relative to the usual slope of such a direction.
        usual = sum(
            float(np.linalg.norm(gradient[name]) * np.linalg.norm(array) / np.sqrt(array.size))
            for name, array in path.items()
        )
        size = max(abs(change), abs(integral), usual)
        errors.append(abs(change - integral) / size if size > 0 else 0.0)
        if errors[-1] < tolerance:
            break
    return min(errors)


def remade(component: Component) -> Component | None:
    """Checks the configuration, and makes the component again from its JSON.

    It is `None` if the class raises a `NotImplementedError` to say that it cannot be made from a
    configuration.
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
        f"{name}.get_config() returned what JSON cannot hold: return only text, numbers, lists and "
        "dictionaries.",
    )
    for parameter in inspect.signature(kind).parameters.values():
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        # A class declares its target; whether a loss made again has it is checked below.
        declared = parameter.name == "target" and kind.__init__ is Loss.__init__
        require(
            not named or declared or parameter.name in config,
            f"{name}.get_config() forgets the constructor's argument {parameter.name!r}: add it "
            "to the dictionary.",
        )
    text = json.dumps(config)
    if isinstance(error_of(lambda: kind.from_config(json.loads(text))), NotImplementedError):
        return None
    require_no_error(
        lambda: kind.from_config(json.loads(text)),
        f"{name}.from_config does not take what get_config returned: let get_config return the "
        "constructor's arguments, or override from_config.",
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
                "and from_config: let get_config return the constructor's arguments as they "
                "were given.",
            )
    require(
        json.dumps(again.get_config(), sort_keys=True) == json.dumps(config, sort_keys=True),
        f"{name}.get_config() returned {config}, but {again.get_config()} after from_config: let "
        "it return the constructor's arguments.",
    )
    return again


def _moved(point: Arrays, direction: Mapping[str, np.ndarray], length: float) -> Arrays:
    """The point moved by `length` times the direction; arrays that the direction lacks stay."""
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
    """Whether it consists of numbers and text; arrays, caches and models are not compared."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        # JSON has one kind of sequence.
        return len(left) == len(right) and all(map(_equal, left, right))
    return bool(left == right)
