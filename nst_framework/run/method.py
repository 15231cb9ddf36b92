"""How a run proceeds: its optimizer, its schedule, its tiles and its metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras

from ..checks import check_integer
from ..objective.tiled.executors import Executor, check_executor
from ..optimizers.base import Optimizer
from ..optimizers.choice import as_optimizer
from .measures import Measure, Metric, make_measure
from .schedule import Stage, check_length, make_schedule


@dataclass(frozen=True)
class Method:
    """How a run proceeds: what `Trainer.compile` is given besides the recipe.

    Attributes:
        optimizer: The optimizer, which changes the image in stages that have none of their own.
        schedule: The stages of the run: one epoch each, and all further epochs in the last.
        tile_size: Longest side of the tiles, in pixels; `None`: the image is evaluated as a whole;
            `"auto"`: in tiles if memory is short.
        executor: Evaluates tiles; `None`: this process does.
        measure: Computes the metrics of an image; `None`: there are none.
        epochs: Number of epochs unless `fit` is given another; `None`: that of its defaults.
    """

    optimizer: Optimizer
    schedule: tuple[Stage, ...]
    tile_size: int | str | None
    executor: Executor | None
    measure: Measure | None
    epochs: int | None = None

    @property
    def scales(self) -> tuple[float, ...]:
        """The scale of each stage."""
        return tuple(stage.scale for stage in self.schedule)

    @property
    def optimizers(self) -> tuple[Optimizer, ...]:
        """The optimizer of each stage."""
        return tuple(
            self.optimizer if stage.optimizer is None else as_optimizer(stage.optimizer)
            for stage in self.schedule
        )

    def check_length(self, epochs: int, steps: int) -> tuple[int, int]:
        """Returns the numbers of epochs, and of steps in each, or raises a `ValueError`."""
        return check_length(self.schedule, epochs), check_integer(
            "steps_per_epoch", steps, minimum=1
        )


def make_method(
    optimizer: Optimizer | keras.optimizers.Optimizer | str | None,
    scales: Sequence[float] | None,
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
        None if schedule is None else len(schedule),
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
