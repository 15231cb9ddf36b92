"""The metrics of `Trainer.compile(metrics=...)`, computed at the end of each epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..checks import check_number, did_you_mean
from ..defaults import SCORES

Metric: TypeAlias = str | Callable[..., Any]
"""A name or a function of `nst_framework.metrics`, or `(result, content, style) -> number`."""

Measure: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray], dict[str, float]]
"""`(result, content, style) -> {name: number}`, of arrays `(height, width, 3)`, uint8."""


def make_measure(metrics: Metric | Sequence[Metric] | None) -> Measure | None:
    """Turns the argument of `Trainer.compile` into one function; `None` without metrics.

    One call of `score` computes the requested metrics of the package, with the same network in all
    epochs. The features of content and style are computed again in each epoch: keeping them would
    save two passes of the network at too high a cost in memory.
    """
    several = [metrics] if isinstance(metrics, str) or callable(metrics) else list(metrics or ())
    if not several:
        return None
    # Imported here because runs without metrics do not need these modules.
    from .. import metrics as package
    from ..extractors.vgg16 import VGG16FeatureExtractor
    from ..metrics.score import WITHOUT_NETWORK

    names: list[str] = []
    functions: list[Callable[..., Any]] = []
    for metric in several:
        if metric in ("score", package.score):
            names += SCORES
        elif metric in SCORES:
            names.append(str(metric))
        elif metric in [getattr(package, name) for name in package.__all__]:
            # Each metric function of the package has the name of its key.
            names.append(metric.__name__)  # type: ignore[union-attr]
        elif callable(metric):
            functions.append(metric)
        else:
            raise ValueError(
                f"Invalid value for argument `metrics`. Expected names among {list(SCORES)}, or "
                "functions (result, content, style) -> number. Received: "
                f"{metric!r}.{did_you_mean(metric, SCORES)}"
            )
    extractor = VGG16FeatureExtractor() if set(names) - WITHOUT_NETWORK else None

    def measure(result: np.ndarray, content: np.ndarray, style: np.ndarray) -> dict[str, float]:
        numbers: dict[str, float] = {}
        if names:
            numbers |= package.score(result, content, style, extractor, metrics=names)
        for function in functions:
            numbers |= _named(function, function(result, content, style))
        return numbers

    return measure


def _named(function: Callable[..., Any], value: Any) -> dict[str, float]:
    """The result of a user's metric as `{name: number}`; it may be one number or a mapping."""
    name = getattr(function, "__name__", type(function).__name__)
    values = value if isinstance(value, Mapping) else {name: value}
    return {key: check_number(f"metrics: {key}", each) for key, each in values.items()}
