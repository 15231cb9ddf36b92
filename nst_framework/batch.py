"""Makes many pictures: `run` processes a list of jobs, in this process or with an executor."""

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
        outcome: `"made"`, `"kept"` (already up to date), `"failed"` or `"interrupted"`.
        seconds: Duration in seconds.
        numbers: The final losses and the scores of `nst score`, by name.
        reason: Why it failed.
        exit_code: 0, or the shell's exit code for a signal received during the job, which ends the
            batch.
    """

    job: Mapping[str, Any]
    outcome: str
    seconds: float = 0.0
    numbers: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    exit_code: int = 0


class SubmittingExecutor(Protocol):
    """The part of an executor that a batch uses; `concurrent.futures` and Dask clients have it."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        """Schedules a call and returns its future."""


def run(
    jobs: Sequence[Mapping[str, Any]],
    executor: SubmittingExecutor | None = None,
    on_result: Callable[[Result], None] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> list[Result]:
    """Makes the picture of every job, as `nst transfer` would.

    Existing pictures that were made from the same files with the same settings are kept. Ctrl-C
    ends the batch after the current step; the next call resumes there. A failed job does not stop
    the others.

    Example:
    ```python
    from nst_framework.batch import run

    contents = ["cat.jpg", "dog.jpg"]
    jobs = [{"content": each, "style": "oil.jpg", "output": f"oil-{each}"} for each in contents]
    for result in run(jobs, defaults={"size": 800, "preset": "neighbors"}):
        print(result.job["output"], result.outcome, result.reason)
    ```

    Args:
        jobs: Settings by name: `content`, `style`, `output`, and optionally `preset` and the
            options of `nst transfer`, spelled with underscores.
        executor: Runs the jobs. `None`: this process runs them one after another, with one
            network. If the executor has several processes, divide the cores among them.
        on_result: Called with the result of each job as soon as it has ended.
        defaults: Settings for every job that does not set them itself.

    Returns:
        A result for each job, in the order of the jobs. After Ctrl-C, only for those that ended.

    Raises:
        ValueError: If a job lacks `content`, `style` or `output`.
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
    """Makes or resumes the picture of a job; an error ends only this job."""
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
    """Returns the outcome, the picture's numbers by name, and the reason of a failure."""
    settings = effective_settings(typed)
    job = job_class(settings)(settings, resume=True, metadata=not typed.get("no_metadata"))
    job.checkpoint = settings.get("checkpoint") or str(_checkpoint_path(settings, job.inputs))
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
        for path in _leftover_checkpoints(job.output):
            path.unlink(missing_ok=True)
    return MADE, {**ending.losses, **_score(settings)}, ""


def _as_settings(job: Mapping[str, Any]) -> Settings:
    """Converts a job to settings as the command line parses them."""
    missing = [name for name in ("content", "style", "output") if name not in job]
    if missing:
        raise ValueError(
            f"Expected jobs with content, style and output. Received: {dict(job)!r}. Add "
            f"{' and '.join(missing)}."
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
        # Another process may have a different working directory.
        future = executor.submit(make, map_paths(job, lambda path: str(Path(path).absolute())))
        numbers[future] = number
    for future in numbers:
        future.add_done_callback(finished.put)
    waiting = len(numbers)
    while waiting:
        try:
            future = finished.get()
        except KeyboardInterrupt:
            # The processes have also received it and finish their step.
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
    """The errors of a job whose process died at every attempt."""
    if "distributed.scheduler" in sys.modules:
        from distributed.scheduler import KilledWorker

        return concurrent.futures.BrokenExecutor, KilledWorker
    return (concurrent.futures.BrokenExecutor,)


def _checkpoint_path(settings: Settings, inputs: Inputs) -> Path:
    """The checkpoint of an interrupted job; its name changes with the settings and the inputs."""
    described = [settings, {str(path): digest for path, digest in inputs.items()}]
    digest = hashlib.sha256(json.dumps(described).encode()).hexdigest()
    output = Path(settings["output"])
    return output.with_name(f".{output.name}-{digest[:16]}.npz")


def _leftover_checkpoints(output: Path) -> list[Path]:
    begin = f".{output.name}-"
    return [
        path
        for path in output.parent.iterdir()
        if path.name.startswith(begin)
        and path.suffix == ".npz"
        and len(path.stem) == len(begin) + 16
    ]


def _compile_settings(settings: Settings) -> str:
    """The settings for `Trainer.compile`, as JSON; jobs with equal ones share a trainer."""
    names = settings_for(Use.COMPILE)
    compiled = {name: value for name, value in settings.items() if name in names}
    return json.dumps(compiled, sort_keys=True)


def _shared_trainer(settings: Settings) -> Trainer:
    return _trainer(_compile_settings(settings))


@functools.lru_cache(maxsize=1)
def _trainer(compile_settings: str) -> Trainer:
    """A cached trainer, whose functions are compiled only once for each size."""
    return make_trainer(json.loads(compile_settings))


@functools.lru_cache(maxsize=1)
def _score_extractor() -> VGG16FeatureExtractor:
    from .extractors.vgg16 import VGG16FeatureExtractor

    return VGG16FeatureExtractor()


def _score(settings: Settings) -> dict[str, float]:
    """The scores that `nst score` prints; none without a style image."""
    if has_learned_style(settings):
        return {}
    from .metrics import score

    with contextlib.suppress(ValueError):
        # A picture too small for the metrics' layers is still valid.
        output, content, style = settings["output"], settings["content"], settings["style"][0]
        return score(output, content, style, _score_extractor())
    return {}
