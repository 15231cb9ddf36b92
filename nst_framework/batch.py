"""Many pictures: `run` makes the picture of every job, here or wherever an executor sends them."""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import hashlib
import json
import queue
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from .jobs.choice import job_class
from .jobs.sidecar import Inputs, is_up_to_date
from .jobs.stop_signals import StopSignals
from .jobs.trainer import make_trainer
from .quiet_tensorflow import load_backend
from .settings.classes import describe_failure
from .settings.layers import Settings, effective_settings, merge
from .settings.learned import has_learned_style
from .settings.option import Use
from .settings.paths import map_paths
from .settings.table import settings_for

if TYPE_CHECKING:
    from .extractors.vgg16 import VGG16FeatureExtractor
    from .trainer import Trainer

__all__ = ["Result", "run"]

MADE, KEPT, FAILED, INTERRUPTED = "made", "kept", "failed", "interrupted"


@dataclass(frozen=True)
class Result:
    """How a job ended.

    Attributes:
        job: The job.
        outcome: `"made"`, `"kept"` from before, `"failed"` or `"interrupted"`.
        seconds: How long it took.
        numbers: The losses at the end, and what `nst score` prints, by name.
        reason: Why it failed.
        exit_code: 0, or what shells use for a signal that came meanwhile, and ends the batch.
    """

    job: Mapping[str, Any]
    outcome: str
    seconds: float = 0.0
    numbers: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    exit_code: int = 0


class SubmittingExecutor(Protocol):
    """What a batch needs of an executor: any of `concurrent.futures`, or a client of Dask."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        """Starts a call, and returns its future."""


def run(
    jobs: Sequence[Mapping[str, Any]],
    executor: SubmittingExecutor | None = None,
    on_result: Callable[[Result], None] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> list[Result]:
    """Makes the picture of every job, each as `nst transfer` makes it.

    Pictures that are there already, made with the same settings of the same files, are kept.
    Ctrl-C ends the batch after the step; started again, it resumes there. A job that fails does
    not end the others.

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
    complete = [_as_settings(merge(defaults or {}, job)) for job in jobs]
    ended: dict[int, Result] = {}
    results = _one_by_one(complete) if executor is None else _submitted(complete, executor)
    for number, result in results:
        ended[number] = result
        if on_result is not None:
            on_result(result)
    return [ended[number] for number in sorted(ended)]


def make(typed: Settings) -> Result:
    """Makes the picture of a job, or resumes it; an error ends this job alone."""
    begin = time.perf_counter()
    outcome, reason = FAILED, ""
    numbers: dict[str, float] = {}
    with StopSignals(quiet=True) as signals:
        try:
            outcome, numbers, reason = _make(typed, signals)
        except KeyboardInterrupt:
            outcome = INTERRUPTED
        except Exception as error:
            # The user's own code may raise anything.
            described = describe_failure(error)
            if described is None:
                raise
            reason = described
    exit_code = signals.exit_code if signals.received or outcome == INTERRUPTED else 0
    return Result(typed, outcome, time.perf_counter() - begin, numbers, reason, exit_code)


def _make(typed: Settings, signals: StopSignals) -> tuple[str, dict[str, float], str]:
    """The outcome, the numbers of the picture, and the reason of a failure."""
    settings = effective_settings(typed)
    job = job_class(settings)(settings, resume=True, metadata=not typed.get("no_metadata"))
    job.checkpoint = settings.get("checkpoint") or str(_own_checkpoint(settings, job.inputs))
    job.check()
    if is_up_to_date(settings, job.inputs):
        return KEPT, {}, ""
    with job.locked():
        load_backend()
        ending = job.run(_shared_trainer, on_begin=signals.wait_for_step_of)
    if ending.interrupted:
        return INTERRUPTED, {}, ""
    if ending.diverged:
        return FAILED, {}, ending.reason
    if "checkpoint" not in settings:
        for path in _own_checkpoints(job.output):
            path.unlink(missing_ok=True)
    return MADE, {**ending.losses, **_score(settings)}, ""


def _as_settings(job: Mapping[str, Any]) -> Settings:
    """A job in the form in which the command line gives it."""
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


def _one_by_one(jobs: Sequence[Settings]) -> Iterator[tuple[int, Result]]:
    for number, job in enumerate(jobs):
        result = make(job)
        yield number, result
        if result.exit_code:
            return


def _submitted(
    jobs: Sequence[Settings], executor: SubmittingExecutor
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


def _own_checkpoint(settings: Settings, inputs: Inputs) -> Path:
    """Where an interrupted job is saved: another place if a setting or an input changes."""
    described = [settings, {str(path): digest for path, digest in inputs.items()}]
    digest = hashlib.sha256(json.dumps(described).encode()).hexdigest()
    output = Path(settings["output"])
    return output.with_name(f".{output.name}-{digest[:16]}.npz")


def _own_checkpoints(output: Path) -> list[Path]:
    begin = f".{output.name}-"
    return [
        path
        for path in output.parent.iterdir()
        if path.name.startswith(begin)
        and path.suffix == ".npz"
        and len(path.stem) == len(begin) + 16
    ]


def _compile_settings(settings: Settings) -> str:
    """The settings that `Trainer.compile` sees; jobs in which they are equal share a trainer."""
    names = settings_for(Use.COMPILE)
    compiled = {name: value for name, value in settings.items() if name in names}
    return json.dumps(compiled, sort_keys=True)


def _shared_trainer(settings: Settings) -> Trainer:
    return _trainer(_compile_settings(settings))


@functools.lru_cache(maxsize=1)
def _trainer(compile_settings: str) -> Trainer:
    """The trainer of the last job, or another one: functions are compiled once for each size."""
    return make_trainer(json.loads(compile_settings))


@functools.lru_cache(maxsize=1)
def _extractor_of_scores() -> VGG16FeatureExtractor:
    from .extractors.vgg16 import VGG16FeatureExtractor

    return VGG16FeatureExtractor()


def _score(settings: Settings) -> dict[str, float]:
    """What `nst score` prints; nothing without a style image to compare with."""
    if has_learned_style(settings):
        return {}
    from .metrics import score

    with contextlib.suppress(ValueError):
        # Too small for the layers of the metrics; the picture is as good.
        output, content, style = settings["output"], settings["content"], settings["style"][0]
        return score(output, content, style, _extractor_of_scores())
    return {}
