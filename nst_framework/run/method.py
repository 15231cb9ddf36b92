"""How a run proceeds: its optimizer, schedule, tiles and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import keras

from ..checks import check_integer
from ..defaults import AUTO
from ..objective.tiled.executors import Executor, check_executor
from ..optimizers.base import Optimizer
from ..optimizers.choice import as_optimizer
from .measures import Measure, Metric, make_measure
from .schedule import Stage, automatic_schedule, check_length, is_auto, make_schedule


@dataclass(frozen=True)
class Method:
    """The arguments of `Trainer.compile` that are not part of the recipe.

    Attributes:
        optimizer: The optimizer of all stages that do not set their own.
        schedule: The stages of the run: one epoch each, and all further epochs in the last.
        tile_size: Longest side of the tiles, in pixels. `None`: no tiles. `"auto"`: tiles only if
            the whole image does not fit into memory.
        executor: Evaluates tiles. `None`: this process does.
        measure: Computes the metrics of an image. `None`: no metrics.
        has_auto_scales: Whether the size of the content determines the schedule.
    """

    optimizer: Optimizer
    schedule: tuple[Stage, ...]
    tile_size: int | str | None
    executor: Executor | None
    measure: Measure | None
    has_auto_scales: bool

    @property
    def optimizers(self) -> tuple[Optimizer, ...]:
        """The optimizer of each stage."""
        return tuple(
            self.optimizer if stage.optimizer is None else as_optimizer(stage.optimizer)
            for stage in self.schedule
        )

    def for_size(self, size: int, epochs: int | str) -> tuple[Method, int]:
        """This method for a content whose longer side has `size` pixels, and its number of epochs.

        `epochs="auto"` gives one epoch to each stage.
        """
        given = None if epochs == AUTO else check_integer("epochs", epochs, minimum=1)
        schedule = self.schedule
        if self.has_auto_scales:
            schedule = automatic_schedule(size, given)
        length = check_length(schedule, len(schedule) if given is None else given)
        return replace(self, schedule=schedule), length


def make_method(
    optimizer: Optimizer | keras.optimizers.Optimizer | str | None,
    scales: Sequence[float] | str,
    schedule: Sequence[Stage] | None,
    tile_size: int | str | None,
    executor: object,
    metrics: Metric | Sequence[Metric] | None,
) -> Method:
    """Turns arguments of `Trainer.compile` into a method, or raises a `ValueError`."""
    return Method(
        as_optimizer(optimizer),
        make_schedule(scales, schedule),
        _check_tile_size(tile_size),
        check_executor(executor),
        make_measure(metrics),
        schedule is None and is_auto(scales),
    )


def _check_tile_size(tile_size: int | str | None) -> int | str | None:
    if tile_size is None or tile_size == "auto":
        return tile_size
    if isinstance(tile_size, str):
        raise ValueError(
            "Invalid value for argument `tile_size`. Expected 'auto', None or a number of pixels. "
            f"Received: tile_size={tile_size!r}. Pass 'auto' for tiles that fit into memory."
        )
    return check_integer("tile_size", tile_size, minimum=32)
