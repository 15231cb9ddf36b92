"""Tiles on a Dask cluster, whose workers keep data that all evaluations share."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_TRIALS = 5
"""How many times tiles are sent if their workers are lost."""

RETRY_DELAY = 1.0
"""Seconds before the next trial, in which the scheduler notices lost workers."""


@dataclass
class RemoteResults:
    """Results that stay on the workers, with the function and tasks to recompute them.

    Attributes:
        function: The function that computes them.
        tasks: The function's arguments, one for each result.
        futures: Dask's futures of the results.
    """

    function: Callable[..., Any]
    tasks: Sequence[Any]
    futures: list[Any]


class ClusterExecutor:
    """Evaluates tiles with a Dask client, a `distributed.Client`.

    Tiles go directly to the workers; the scheduler sees only names. As long as the workers stay the
    same, each tile goes to the same worker. Results kept by a worker that died are recomputed on
    another.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def map(self, function: Callable[..., Any], *iterables: Any) -> list[Any]:
        """Calls a function with each task and the kept results of the same index.

        `iterables` are the tasks and the return values of `keep`. The results are in the tasks'
        order.
        """
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError
        from distributed.scheduler import KilledWorker

        tasks, *kept = iterables
        lost: Exception | None = None
        for _ in range(MAX_TRIALS):
            try:
                for each in kept:
                    each.futures = each.futures or self._send(each.function, each.tasks)
                futures = self._send(function, tasks, kept)
            except OSError as error:
                lost = error
            else:
                try:
                    return self._client.gather(futures, direct=True)
                except (FutureCancelledError, KilledWorker, CommClosedError) as error:
                    lost = error
            for each in kept:
                each.futures = []
            time.sleep(RETRY_DELAY)
        raise RuntimeError(
            "Expected workers that can evaluate tiles. Received: workers were lost in "
            f"{MAX_TRIALS} consecutive trials, last with {lost!r}. Check the workers' logs; they "
            "may be short of memory or unreachable from this machine."
        ) from lost

    def keep(self, function: Callable[..., Any], tasks: Sequence[Any]) -> RemoteResults:
        """Returns a function's results for `map`; they are computed and kept on the workers."""
        return RemoteResults(function, tasks, [])

    def _send(
        self, function: Callable[..., Any], tasks: Sequence[Any], kept: Sequence[RemoteResults] = ()
    ) -> list[Any]:
        client = self._client
        workers = sorted(client.ncores())
        if not workers:
            client.wait_for_workers(1)
            workers = sorted(client.ncores())
        sent: list[Any] = [None] * len(tasks)
        for number, worker in enumerate(workers[: len(tasks)]):
            share = tasks[number :: len(workers)]
            sent[number :: len(workers)] = client.scatter(
                share, workers=[worker], direct=True, hash=False
            )
        return client.map(function, sent, *(each.futures for each in kept), pure=False)


def is_client(executor: object) -> bool:
    """Whether an executor is a Dask client, whose `map` returns futures instead of results."""
    distributed = sys.modules.get("distributed")
    return distributed is not None and isinstance(executor, distributed.Client)
