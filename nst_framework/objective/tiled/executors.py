"""Evaluates tiles in this process or with an executor."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from ...extractors.base import FeatureExtractor
from ...fingerprints import describe
from ..comparisons import Comparison
from .cluster import ClusterExecutor, is_client
from .tasks import Task
from .worker import TileWorker

Evaluate = Callable[..., Any]
"""A method of `TileWorker`, called with a worker, a task and kept results of earlier tasks."""


class Executor(Protocol):
    """The interface shared by `concurrent.futures.Executor` and similar executors."""

    def map(self, function: Callable[..., Any], *iterables: Iterable[Any]) -> Iterable[Any]:
        """Calls a function with each item, anywhere, and returns the results in order."""


def check_executor(executor: object) -> Executor | None:
    """Returns the executor or `None`; raises a `ValueError` for anything else."""
    if executor is None:
        return None
    if is_client(executor):
        return ClusterExecutor(executor)
    if isinstance(executor, type) or not callable(getattr(executor, "map", None)):
        raise ValueError(
            "Invalid value for argument `executor`. Expected an object with the `map` method of "
            f"concurrent.futures.Executor, or None. Received: executor={executor!r}. Pass an "
            "instance, such as ThreadPoolExecutor()."
        )
    return cast(Executor, executor)


@dataclass(frozen=True)
class ExtractorParts:
    """The parts from which another process makes a network.

    Attributes:
        key: Identifies the network by its class and configuration.
        kind: The class.
        config: The configuration.
    """

    key: str
    kind: type[FeatureExtractor] = field(compare=False)
    config: dict[str, Any] = field(compare=False)

    @classmethod
    def of(cls, extractor: FeatureExtractor) -> ExtractorParts:
        """The parts of a network."""
        key = json.dumps(describe(extractor), sort_keys=True)
        return cls(key, type(extractor), extractor.get_config())


@dataclass(frozen=True)
class WorkerParts:
    """The parts from which another process makes a worker, since tensors cannot be sent there.

    Attributes:
        key: Identifies the parts; those with the same key are considered equal.
        extractor: The network, which workers for images of other sizes share.
        comparisons: The comparisons.
        compute_dtype: Dtype inside the network; `None`: the image's.
    """

    key: str
    extractor: ExtractorParts = field(compare=False)
    comparisons: tuple[Comparison, ...] = field(compare=False)
    compute_dtype: str | None = field(compare=False)

    @classmethod
    def of(cls, worker: TileWorker) -> WorkerParts:
        """The parts of a worker."""
        extractor = ExtractorParts.of(worker.extractor)
        return cls(worker.key, extractor, worker.comparisons, worker.compute_dtype)


@functools.lru_cache(maxsize=2)
def make_worker(parts: WorkerParts) -> TileWorker:
    """Makes a worker once per process; new ones replace those of older objectives."""
    return TileWorker(make_extractor(parts.extractor), parts.comparisons, parts.compute_dtype)


@functools.lru_cache(maxsize=1)
def make_extractor(parts: ExtractorParts) -> FeatureExtractor:
    """Makes a network once per process; a new one replaces the last."""
    return parts.kind.from_config(parts.config)


class Tiles:
    """Evaluates tiles, and keeps data that all evaluations share.

    Without an executor, the worker evaluates the tiles one by one. With an executor, equal workers
    are made in the processes to which it sends the tiles.
    """

    def __init__(self, worker: TileWorker, executor: Executor | None) -> None:
        self._worker, self._executor = worker, executor
        self._parts = None if executor is None else WorkerParts.of(worker)

    def run(self, evaluate: Evaluate, tasks: Sequence[Task], *kept: Any) -> Iterable[Any]:
        """Calls a method of the worker with each task; the results are in the tasks' order.

        `kept` are return values of `keep`, of which the method receives each tile's own.
        """
        return self._map(self._call(evaluate), tasks, *kept)

    def keep(self, evaluate: Evaluate, tasks: Sequence[Task]) -> Any:
        """Calls a method of the worker with each task, and keeps the results where possible."""
        if isinstance(self._executor, ClusterExecutor):
            return self._executor.keep(self._call(evaluate), tasks)
        return list(self._map(self._call(evaluate), tasks))

    def _map(self, function: Evaluate, *iterables: Any) -> Iterable[Any]:
        executor = self._executor
        return map(function, *iterables) if executor is None else executor.map(function, *iterables)

    def _call(self, evaluate: Evaluate) -> Evaluate:
        if self._parts is None:
            return functools.partial(evaluate, self._worker)
        return functools.partial(_evaluate, self._parts, evaluate)


def _evaluate(parts: WorkerParts, evaluate: Evaluate, task: Task, *kept: Any) -> Any:
    return evaluate(make_worker(parts), task, *kept)
