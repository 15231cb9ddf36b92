"""The trainer of a job; jobs share a network, and trainers that are no longer used are freed."""

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

    # The trainer before it, and what was compiled for it, are in cycles of references.
    gc.collect()
    trainer = Trainer(_extractor(*(settings[name] for name in ("network", "weights", "pooling"))))
    trainer.compile(**compile_arguments(settings))
    return trainer


@functools.lru_cache(maxsize=1)
def _extractor(network: str, weights: str | None, pooling: str) -> FeatureExtractor:
    """The network of the last picture, or another one: each takes tens of megabytes."""
    return make_extractor({"network": network, "weights": weights, "pooling": pooling})
