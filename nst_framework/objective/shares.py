"""Each term's share of the gradient, and weights that give each term its requested share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ..losses.base import Loss
from .evaluation import Evaluation

Evaluate: TypeAlias = Callable[[np.ndarray, Mapping[str, float]], Evaluation]
"""`(image, weights) -> Evaluation`, for an image `(1, height, width, 3)`, float32, and a weight for
each loss, by name."""

NEGLIGIBLE = 0.03
"""A gradient below this fraction of the one between content and style counts as zero. In bfloat16,
rounding alone leaves a fraction of 0.005."""


@dataclass(frozen=True)
class TermReport:
    """One term of the objective at an image.

    Attributes:
        value: The weighted value.
        gradient_norm: The norm of the weighted gradient: the root of the sum of squares.
        share: The norm as a fraction of the sum over all terms, from 0 to 1.
    """

    value: float
    gradient_norm: float
    share: float


def measure_terms(
    evaluate: Evaluate, weights: Mapping[str, float], image: np.ndarray
) -> dict[str, TermReport]:
    """Measures each term's value and gradient, with one evaluation per nonzero weight."""
    values, norms = {}, {}
    for name, weight in weights.items():
        if weight == 0:
            values[name] = norms[name] = 0.0
            continue
        evaluation = evaluate(image, {**dict.fromkeys(weights, 0.0), name: 1.0})
        values[name] = weight * evaluation.terms[name]
        norms[name] = weight * float(np.linalg.norm(evaluation.gradient.astype(np.float64)))
    total = math.fsum(norms.values())
    return {
        name: TermReport(values[name], norms[name], norms[name] / total if total else 0.0)
        for name in values
    }


def weights_before_shares(losses: Sequence[Loss]) -> dict[str, float]:
    """The losses' default weights, with 1 in place of 0 so that every gradient is measurable."""
    return {loss.name: loss.default_weight or 1.0 for loss in losses}


def weights_for_shares(
    evaluate: Evaluate,
    weights: Mapping[str, float],
    shares: Mapping[str, float],
    start: np.ndarray,
    between: np.ndarray,
) -> dict[str, float]:
    r"""Finds the weights that give each term its requested share of the gradient.

    $$ w_i = \frac{s_i}{\lVert g_i \rVert} \sum_j \lVert w^0_j g_j \rVert $$

    with the share $s_i$, the gradient $g_i$ of the unweighted term, and the previous weights $w^0$.
    The sum of the gradients' norms stays the same.

    The gradients are measured at the starting image. If that is the content itself, the content
    loss has no gradient there, whatever its weight; neither has the style loss at the style itself.
    The gradients are then measured at `between`, an image between content and style.
    """
    reports = measure_terms(evaluate, weights, start)
    fallback = measure_terms(evaluate, weights, between)
    names = [name for name, share in shares.items() if share > 0]
    zero = [name for name in names if not fallback[name].gradient_norm > 0]
    if zero:
        raise ValueError(
            "Expected losses with a gradient between content and style, because gradient_shares "
            f"are given. Received: a gradient of zero for {', '.join(zero)}. Pass loss_weights "
            "instead of gradient_shares."
        )
    if any(
        reports[name].gradient_norm < NEGLIGIBLE * fallback[name].gradient_norm for name in names
    ):
        reports = fallback
    total = math.fsum(report.gradient_norm for report in reports.values())
    return {
        name: (share * total / (reports[name].gradient_norm / weights[name]) if share > 0 else 0.0)
        for name, share in shares.items()
    }
