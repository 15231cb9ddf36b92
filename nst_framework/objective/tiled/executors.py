"""Where tiles are evaluated: in this process, or wherever an executor sends them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from ...extractors.base import FeatureExtractor
from ..comparisons import Comparison
from .tasks import Task
from .worker import TileWorker

Evaluate = Callable[[TileWorker, Task], Any]
"""One of the methods of `TileWorker`."""

RunTiles = Callable[[Evaluate, Sequence[Task]], Iterable[Any]]


class Executor(Protocol):
    """What `concurrent.futures.Executor` and similar executors have in common."""

    def map(self, function: Callable[..., Any], *iterables: Iterable[Any]) -> Iterable[Any]:
        """Calls a function with each item, anywhere, and returns the results in the same order."""


def check_executor(executor: object) -> Executor | None:
    """Returns the executor or `None`; raises a `ValueError` for anything else."""
    if executor is None:
        return None
    if isinstance(executor, type) or not callable(getattr(executor, "map", None)):
        raise ValueError(
            "Invalid value for argument `executor`. Expected an object with the `map` method of "
            f"concurrent.futures.Executor, or None. Received: executor={executor!r}. Pass an "
            "instance, such as ThreadPoolExecutor()."
        )
    return cast(Executor, executor)


@dataclass(frozen=True)
class WorkerParts:
    """What another process needs to make a worker, since tensors cannot be sent there.

    Attributes:
        key: Identifies the parts; those with the same key are considered equal.
        extractor_class: The network's class.
        extractor_config: Its configuration.
        comparisons: What is compared.
        compute_dtype: Dtype inside the network; `None`: that of the image.
    """

    key: str
    extractor_class: type[FeatureExtractor] = field(compare=False)
    extractor_config: dict[str, Any] = field(compare=False)
    comparisons: tuple[Comparison, ...] = field(compare=False)
    compute_dtype: str | None = field(compare=False)

    @classmethod
    def of(cls, worker: TileWorker) -> WorkerParts:
        """The parts of a worker."""
        extractor = worker.extractor
        return cls(
            worker.key,
            type(extractor),
            extractor.get_config(),
            worker.comparisons,
            worker.compute_dtype,
        )


@functools.lru_cache(maxsize=2)
def make_worker(parts: WorkerParts) -> TileWorker:
    """Makes a worker once per process; it replaces those of older objectives."""
    extractor = parts.extractor_class.from_config(parts.extractor_config)
    return TileWorker(extractor, parts.comparisons, parts.compute_dtype)


def tile_runner(worker: TileWorker, executor: Executor | None) -> RunTiles:
    """Returns the function that evaluates tiles.

    Args:
        worker: Evaluates the tiles, or serves as the model for workers elsewhere.
        executor: Sends the tiles elsewhere; `None`: the worker evaluates them one by one.

    Returns:
        `(evaluate, tasks) -> results`, in the tasks' order.
    """
    if executor is None:
        return lambda evaluate, tasks: map(functools.partial(evaluate, worker), tasks)
    parts = WorkerParts.of(worker)
    return lambda evaluate, tasks: executor.map(
        functools.partial(_evaluate, parts, evaluate), tasks
    )


def _evaluate(parts: WorkerParts, evaluate: Evaluate, task: Task) -> Any:
    return evaluate(make_worker(parts), task)
