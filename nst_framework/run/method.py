"""How a run proceeds: its optimizer, its scales, its tiles and its metrics."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import keras

from ..checks import check_integer, check_number
from ..objective.tiled.executors import Executor, check_executor
from ..optimizers.base import Optimizer
from ..optimizers.choice import as_optimizer
from .measures import Measure, Metric, make_measure


@dataclass(frozen=True)
class Method:
    """How a run proceeds: what `Trainer.compile` is given besides the recipe.

    Attributes:
        optimizer: The optimizer, which changes the image.
        scales: Fractions of the size, one for each scale of the run.
        tile_size: Longest side of the tiles, in pixels; `None`: the image is evaluated as a whole;
            `"auto"`: in tiles if memory is short.
        executor: Evaluates tiles; `None`: this process does.
        measure: Computes the metrics of an image; `None`: there are none.
    """

    optimizer: Optimizer
    scales: tuple[float, ...]
    tile_size: int | str | None
    executor: Executor | None
    measure: Measure | None

    def check_length(self, epochs: int, steps: int) -> tuple[int, int]:
        """Returns the numbers of epochs, and of steps in each, or raises a `ValueError`."""
        epochs = check_integer("epochs", epochs, minimum=1)
        if epochs < len(self.scales):
            raise ValueError(
                f"Expected at least one epoch for each of the scales {list(self.scales)}. "
                f"Received: epochs={epochs}. Run more epochs, or compile with fewer scales."
            )
        return epochs, check_integer("steps_per_epoch", steps, minimum=1)


def make_method(
    optimizer: Optimizer | keras.optimizers.Optimizer | str | None,
    scales: Sequence[float],
    tile_size: int | str | None,
    executor: object,
    metrics: Metric | Sequence[Metric] | None,
) -> Method:
    """Turns arguments of `Trainer.compile` into a method, or raises a `ValueError`."""
    return Method(
        as_optimizer(optimizer),
        _check_scales(scales),
        _check_tile_size(tile_size),
        check_executor(executor),
        make_measure(metrics),
    )


def _check_scales(scales: Sequence[float]) -> tuple[float, ...]:
    checked = tuple(check_number("scales", scale, minimum=0.0) for scale in scales)
    rising = all(before < after for before, after in itertools.pairwise((0.0, *checked)))
    if not checked or not rising or checked[-1] != 1.0:
        raise ValueError(
            "Invalid value for argument `scales`. Expected fractions of the size that rise to 1, "
            f"such as (0.25, 0.5, 1). Received: scales={scales!r}. Sort them, and end with 1."
        )
    return checked


def _check_tile_size(tile_size: int | str | None) -> int | str | None:
    if tile_size is None or tile_size == "auto":
        return tile_size
    if isinstance(tile_size, str):
        raise ValueError(
            "Invalid value for argument `tile_size`. Expected 'auto', None or a number of pixels. "
            f"Received: tile_size={tile_size!r}. Pass 'auto' for tiles that fit into memory."
        )
    return check_integer("tile_size", tile_size, minimum=32)
