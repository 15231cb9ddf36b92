"""Works through the jobs of a batch, here or wherever an executor sends them."""

from __future__ import annotations

import concurrent.futures
import queue
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from ..configuration import merge
from ..paths import map_paths
from .row import FAILED, Result, make

OnResult = Callable[[Result], None]


class SubmittingExecutor(Protocol):
    """What a batch needs of an executor: any of `concurrent.futures`, or a client of Dask."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        """Starts a call, and returns its future."""


def run(
    jobs: Sequence[Mapping[str, Any]],
    executor: SubmittingExecutor | None = None,
    on_result: OnResult | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> list[Result]:
    """Makes the picture of every job, each as `nst transfer` makes it.

    Pictures that are there already, made with the same settings of the same files, are kept.
    Ctrl-C ends the batch after the step; started again, it goes on from there. A job that fails
    does not end the others.

    Example:
    ```python
    from nst_framework.batch import run

    contents = ["cat.jpg", "dog.jpg"]
    jobs = [{"content": each, "style": "oil.jpg", "output": f"oil-{each}"} for each in contents]
    for result in run(jobs, defaults={"size": 800, "preset": "neighbors"}):
        print(result.job["output"], result.outcome, result.reason)
    ```

    Args:
        jobs: Settings by name: the options of `nst transfer` with underscores, `preset`, and
            `content`, `style` and `output`.
        executor: Makes the pictures; `None`: this process, one after another, with one network. In
            several processes, give each its share of the cores.
        on_result: Called with the result of each job, when it has ended.
        defaults: Settings of all jobs that have none of their own.

    Returns:
        A result for each job, in their order. After Ctrl-C, those that had ended.

    Raises:
        ValueError: If an image or the output of a job is missing.
    """
    complete = [as_settings(merge(defaults or {}, job)) for job in jobs]
    ended: dict[int, Result] = {}
    results = _one_by_one(complete) if executor is None else _submitted(complete, executor)
    for number, result in results:
        ended[number] = result
        if on_result is not None:
            on_result(result)
    return [ended[number] for number in sorted(ended)]


def as_settings(job: Mapping[str, Any]) -> dict[str, Any]:
    """A job's settings in the form that the command line gives them.

    Raises:
        ValueError: If an image or the output is missing.
    """
    missing = [name for name in ("content", "style", "output") if name not in job]
    if missing:
        raise ValueError(
            "Expected jobs with content, style and output. Received: "
            f"{dict(job)!r}, without {' and '.join(missing)}. Add it."
        )
    style = job["style"]
    styles = [style] if isinstance(style, str) or not isinstance(style, Sequence) else style
    paths = {"content": str(job["content"]), "output": str(job["output"])}
    return {**job, **paths, "style": [str(each) for each in styles]}


def _one_by_one(jobs: Sequence[dict[str, Any]]) -> Iterator[tuple[int, Result]]:
    for number, job in enumerate(jobs):
        result = make(job)
        yield number, result
        if result.exit_code:
            return


def _submitted(
    jobs: Sequence[dict[str, Any]], executor: SubmittingExecutor
) -> Iterator[tuple[int, Result]]:
    finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
    numbers = {}
    for number, job in enumerate(jobs):
        # Another process may have another current folder.
        future = executor.submit(make, map_paths(job, lambda path: str(Path(path).absolute())))
        numbers[future] = number
    for future in numbers:
        future.add_done_callback(finished.put)
    waiting = len(numbers)
    while waiting:
        try:
            future = finished.get()
        except KeyboardInterrupt:
            # The processes have received it, too, and finish their step.
            for each in numbers:
                each.cancel()
            continue
        waiting -= 1
        number = numbers[future]
        if future.cancelled():
            continue
        try:
            result = replace(future.result(), job=jobs[number])
        except _lost_worker_errors() as error:
            result = Result(jobs[number], FAILED, reason=str(error))
        yield number, result


def _lost_worker_errors() -> tuple[type[Exception], ...]:
    """The errors of a job whose process has ended, as often as it was tried."""
    if "distributed.scheduler" in sys.modules:
        from distributed.scheduler import KilledWorker

        return concurrent.futures.BrokenExecutor, KilledWorker
    return (concurrent.futures.BrokenExecutor,)
