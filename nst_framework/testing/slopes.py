"""Whether a gradient is that of the value, near a point and over a longer way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

Arrays = dict[str, np.ndarray]
"""Arrays by name: features by layer."""

Evaluate = Callable[[Arrays], tuple[float, Arrays]]
"""Value and gradient at a point."""

STEPS = (1e-5, 1e-6, 1e-4)
"""Parts of the direction. One that happens to cross a kink, such as that of `abs` or of a maximum,
gives way to the next."""

# As Python's floats, which leave arrays in float32 what they are.
NODES, NODE_WEIGHTS = (array.tolist() for array in np.polynomial.legendre.leggauss(4))


def moved(point: Arrays, direction: Mapping[str, np.ndarray], length: float) -> Arrays:
    """The point, `length` times the direction further; what the direction lacks stays."""
    return {
        name: array + length * direction[name] if name in direction else array
        for name, array in point.items()
    }


def small_step_error(
    evaluate: Evaluate, point: Arrays, gradient: Arrays, direction: Arrays
) -> float:
    """How far central differences are from the gradient, relative to their usual size.

    Args:
        evaluate: The function, in float64.
        point: Where.
        gradient: Its gradient there.
        direction: Which way; arrays of about the size of what varies.

    Returns:
        The smallest relative error over the `STEPS`.
    """
    expected = _slope(gradient, direction)
    errors = []
    for step in STEPS:
        ahead, behind = (evaluate(moved(point, direction, sign * step))[0] for sign in (1, -1))
        received = (ahead - behind) / (2 * step)
        errors.append(_relative(expected, received, gradient, direction))
        if errors[-1] < 1e-6:
            break
    return min(errors)


def path_error(
    evaluate: Evaluate,
    point: Arrays,
    gradient: Arrays,
    direction: Arrays,
    lengths: Sequence[float],
    tolerance: float,
) -> float:
    """How far the value's change along a path is from the gradient's integral along it.

    Jumps, as of a rounding, are seen here, which small steps miss; kinks average out. The jumps of
    many features are seen at any length; one large kink, or a strong curvature, at fewer.

    Args:
        evaluate: The function.
        point: The middle of the path.
        gradient: The gradient there.
        direction: From the middle to the path's end.
        lengths: Parts of the direction, from the longest on.
        tolerance: The error with which no shorter path is tried.

    Returns:
        The smallest relative error over the lengths.
    """
    errors = []
    for length in lengths:
        path = {name: length * array for name, array in direction.items()}
        change = evaluate(moved(point, path, 1))[0] - evaluate(moved(point, path, -1))[0]
        integral = sum(
            weight * _slope(evaluate(moved(point, path, node))[1], path)
            for node, weight in zip(NODES, NODE_WEIGHTS, strict=True)
        )
        errors.append(_relative(change, float(integral), gradient, path))
        if errors[-1] < tolerance:
            break
    return min(errors)


def _slope(gradient: Arrays, direction: Arrays) -> float:
    return sum(
        float(np.vdot(gradient[name].astype(np.float64), array))
        for name, array in direction.items()
    )


def _relative(expected: float, received: float, gradient: Arrays, direction: Arrays) -> float:
    # A random direction is nearly orthogonal to the gradient: its slope may be 0 by chance, so
    # the error is relative to what the slope of such a direction usually is.
    sizes = [
        (np.linalg.norm(gradient[name]), np.linalg.norm(array), array.size)
        for name, array in direction.items()
    ]
    usual = sum(float(slope * length / np.sqrt(count)) for slope, length, count in sizes)
    scale = max(abs(expected), abs(received), usual)
    return abs(expected - received) / scale if scale > 0 else 0.0
