"""Comparisons of a gradient with the value's changes, near a point and along a longer path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

Arrays = dict[str, np.ndarray]
"""Arrays by name, such as features by layer."""

Evaluate = Callable[[Arrays], tuple[float, Arrays]]
"""A function that returns value and gradient at a point."""

STEPS = (1e-5, 1e-6, 1e-4)
"""Fractions of the direction. If one happens to cross a kink, as `abs` and maxima have, the next is
tried."""

# As Python floats, which leave arrays in float32.
NODES, NODE_WEIGHTS = (array.tolist() for array in np.polynomial.legendre.leggauss(4))


def moved(point: Arrays, direction: Mapping[str, np.ndarray], length: float) -> Arrays:
    """The point moved by `length` times the direction; arrays that the direction lacks stay."""
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
        point: Where to compare.
        gradient: The function's gradient there.
        direction: The direction of the steps, about as large as the arrays vary.

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

    This detects jumps, such as those of rounding, which small steps miss, while kinks average out.
    The jumps of many features show at every length; one large kink or strong curvature disturbs
    only some lengths.

    Args:
        evaluate: The function.
        point: The middle of the path.
        gradient: The gradient there.
        direction: From the middle to the path's end.
        lengths: Fractions of the direction, the longest first.
        tolerance: Below this error, no shorter path is tried.

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
    # A random direction is nearly orthogonal to the gradient, and its slope may happen to be 0. So
    # the error is taken relative to the usual slope of such a direction.
    sizes = [
        (np.linalg.norm(gradient[name]), np.linalg.norm(array), array.size)
        for name, array in direction.items()
    ]
    usual = sum(float(slope * length / np.sqrt(count)) for slope, length, count in sizes)
    scale = max(abs(expected), abs(received), usual)
    return abs(expected - received) / scale if scale > 0 else 0.0
