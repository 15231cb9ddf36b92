"""The trainer of a job. Jobs share a network, and unused trainers are freed."""

from __future__ import annotations

import functools
import gc
from typing import TYPE_CHECKING

from ..settings.layers import Settings
from ..settings.parts import compile_arguments, make_extractor

if TYPE_CHECKING:
    from ..extractors.base import FeatureExtractor
    from ..trainer import Trainer


def make_trainer(settings: Settings) -> Trainer:
    """Makes a trainer, and compiles it with losses, weights or shares, optimizer and schedule."""
    from ..trainer import Trainer

    # Frees the previous trainer and its compiled functions, which are in reference cycles.
    gc.collect()
    trainer = Trainer(_extractor(*(settings[name] for name in ("network", "weights", "pooling"))))
    trainer.compile(**compile_arguments(settings))
    return trainer


@functools.lru_cache(maxsize=1)
def _extractor(network: str, weights: str | None, pooling: str) -> FeatureExtractor:
    """Makes the network, or returns that of the last picture; each takes tens of megabytes."""
    return make_extractor({"network": network, "weights": weights, "pooling": pooling})
