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
"""`(image, weights) -> Evaluation`: of an image `(1, height, width, 3)`, float32, with a weight for
each loss, by name."""

NOTHING = 0.03
"""A gradient below this fraction of the one between content and style counts as zero: in bfloat16,
rounding alone leaves half a hundredth of it."""


@dataclass(frozen=True)
class TermReport:
    """One term of the objective at an image.

    Attributes:
        value: Its weighted value.
        gradient_norm: The norm of its weighted gradient: the root of the sum of squares.
        share: That norm as a fraction of the sum over all terms, from 0 to 1.
    """

    value: float
    gradient_norm: float
    share: float


def measure_terms(
    evaluate: Evaluate, weights: Mapping[str, float], image: np.ndarray
) -> dict[str, TermReport]:
    """Each term's value and gradient, with one evaluation for each weight that is not 0."""
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
    """The losses' default weights, or 1 instead of 0, so that every gradient can be measured."""
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

    with the share $s_i$, the gradient $g_i$ of the unweighted term, and the previous weights $w^0$,
    so that the norms of the gradients still have the same sum.

    The gradients are measured at the starting image. If that is the content itself, the content
    loss has no gradient there, whatever its weight; nor has the style loss at the style itself.
    The gradients are then measured at `between`, an image between content and style.
    """
    reports = measure_terms(evaluate, weights, start)
    elsewhere = measure_terms(evaluate, weights, between)
    wanted = [name for name, share in shares.items() if share > 0]
    silent = [name for name in wanted if not elsewhere[name].gradient_norm > 0]
    if silent:
        raise ValueError(
            "Expected losses with a gradient between content and style, because gradient_shares "
            f"are given. Received: no gradient for {', '.join(silent)}. Pass loss_weights instead "
            "of gradient_shares."
        )
    if any(
        reports[name].gradient_norm < NOTHING * elsewhere[name].gradient_norm for name in wanted
    ):
        reports = elsewhere
    total = math.fsum(report.gradient_norm for report in reports.values())
    return {
        name: (share * total / (reports[name].gradient_norm / weights[name]) if share > 0 else 0.0)
        for name, share in shares.items()
    }
