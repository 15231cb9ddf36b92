"""Tiles on a Dask cluster, whose workers keep what is the same in every evaluation."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

TRIALS = 5
"""How often tiles are sent that were lost with their workers."""

SECONDS_TO_NOTICE = 1.0


@dataclass
class Kept:
    """Results that stay where they were computed, with what is needed to compute them again.

    Attributes:
        function: What computed them.
        tasks: What of.
        futures: Dask's names for the results.
    """

    function: Callable[..., Any]
    tasks: Sequence[Any]
    futures: list[Any]


class ClusterExecutor:
    """Evaluates tiles with a client of Dask.

    As long as the workers are the same, so is the one to which a tile goes, straight from here: the
    scheduler sees only names. What a worker that died had kept is computed again elsewhere. The
    client is a `distributed.Client`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def map(self, function: Callable[..., Any], *iterables: Any) -> list[Any]:
        """Calls a function with each task, and with the kept results of the same number.

        `iterables` are the tasks and what `keep` returned. The results are in the tasks' order.
        """
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError
        from distributed.scheduler import KilledWorker

        tasks, *kept = iterables
        lost: Exception | None = None
        for _ in range(TRIALS):
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
            # Until the scheduler has noticed, too.
            time.sleep(SECONDS_TO_NOTICE)
        raise RuntimeError(
            f"Expected workers that evaluate a tile. Received: {TRIALS} losses one after another, "
            f"the last one {lost!r}. Look into the workers' logs; they may be short of memory, or "
            "out of this machine's reach."
        ) from lost

    def keep(self, function: Callable[..., Any], tasks: Sequence[Any]) -> Kept:
        """What `map` is given: the results of a function, which stay where they are computed."""
        return Kept(function, tasks, [])

    def _send(
        self, function: Callable[..., Any], tasks: Sequence[Any], kept: Sequence[Kept] = ()
    ) -> list[Any]:
        client = self._client
        workers = sorted(client.ncores())
        if not workers:
            client.wait_for_workers(1)
            workers = sorted(client.ncores())
        sent: list[Any] = [None] * len(tasks)
        for number, worker in enumerate(workers[: len(tasks)]):
            mine = tasks[number :: len(workers)]
            sent[number :: len(workers)] = client.scatter(
                mine, workers=[worker], direct=True, hash=False
            )
        return client.map(function, sent, *(each.futures for each in kept), pure=False)


def is_client(executor: object) -> bool:
    """Whether an executor is a client of Dask, whose `map` returns futures instead of results."""
    distributed = sys.modules.get("distributed")
    return distributed is not None and isinstance(executor, distributed.Client)
