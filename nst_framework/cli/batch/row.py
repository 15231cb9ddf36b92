"""One job of a batch: its picture, unless it is there already and nothing has changed."""

from __future__ import annotations

import argparse
import contextlib
import functools
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...quiet_tensorflow import load_backend
from ..check_options import check_options
from ..components import choose_scales, make_callbacks, make_styles, make_trainer
from ..configuration import as_options, effective_settings
from ..failures import describe_failure
from ..input_images import check_run_images
from ..sidecar import check_names, input_digests, is_up_to_date
from ..stop_signals import StopSignals
from ..transfer import fit, write_result

if TYPE_CHECKING:
    from ... import Trainer, VGG16FeatureExtractor

MADE, KEPT, FAILED, INTERRUPTED = "made", "kept", "failed", "interrupted"

OF_THE_COMMAND = (
    *("preset", "config", "allow_code", "resume", "preview", "quiet", "traceback"),
    *("no_metadata", "no_sidecar"),
)
OF_FIT = (
    *("content", "style", "style_weights", "style_scale", "style_masks", "content_masks"),
    *("style_rotations", "color", "initial_image", "noise", "seed", "size", "epochs"),
    *("steps_per_epoch", "save_every", "callback", "output"),
    *("checkpoint", "checkpoint_every", "keep_checkpoints"),
)
"""What `Trainer.compile` does not see; jobs that differ in nothing else share a trainer."""


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


def make(job: Mapping[str, Any]) -> Result:
    """Makes the picture of a job, and the file beside it.

    A job that was interrupted goes on where it stopped. Errors of the job end it alone.

    Args:
        job: Settings by name.

    Returns:
        How it ended.
    """
    begin = time.perf_counter()
    outcome, reason = FAILED, ""
    numbers: dict[str, float] = {}
    with StopSignals(quiet=True) as signals:
        try:
            outcome, numbers, reason = _make(job, signals)
        except KeyboardInterrupt:
            outcome = INTERRUPTED
        except Exception as error:
            # The user's own code may raise anything.
            described = describe_failure(error)
            if described is None:
                raise
            reason = described
    exit_code = signals.exit_code if signals.received or outcome == INTERRUPTED else 0
    return Result(job, outcome, time.perf_counter() - begin, numbers, reason, exit_code)


def _make(job: Mapping[str, Any], signals: StopSignals) -> tuple[str, dict[str, float], str]:
    from ...images.writing import write_or_rescue
    from ...saving import lock_output

    typed = argparse.Namespace(**job)
    settings = effective_settings(typed)
    options = as_options(settings, typed)
    options.quiet = options.resume = True
    inputs = input_digests(settings)
    if options.checkpoint is None:
        options.checkpoint = str(_own_checkpoint(settings, inputs))
    check_options(options)
    check_names(settings)
    check_run_images(options)
    if is_up_to_date(settings, inputs):
        return KEPT, {}, ""
    with contextlib.ExitStack() as locks:
        for path in (options.output, options.checkpoint):
            locks.enter_context(lock_output(path))
        load_backend()
        trainer = _trainer(_compiled_settings(options))
        interrupted = fit(trainer, options, make_styles(options), make_callbacks(options), signals)
        if interrupted or trainer.run.diverged:
            write_or_rescue(options.output, trainer.image)
            return (INTERRUPTED, {}, "") if interrupted else (FAILED, {}, trainer.stop_reason)
        write_result(trainer, options, settings, inputs)
    if "checkpoint" not in settings:
        for path in _own_checkpoints(Path(options.output)):
            path.unlink(missing_ok=True)
    losses = {name: values[-1] for name, values in trainer.history.history.items()}
    return MADE, losses | _score(options), ""


def _own_checkpoint(settings: Mapping[str, Any], inputs: Mapping[Path, str]) -> Path:
    """Where a job that is interrupted is kept: another place if a setting or an input changes."""
    described = [dict(settings), {str(path): digest for path, digest in inputs.items()}]
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


def _compiled_settings(options: argparse.Namespace) -> str:
    compiled = {
        name: value
        for name, value in vars(options).items()
        if name not in (*OF_FIT, *OF_THE_COMMAND)
    }
    if not options.stage:
        compiled["scales"] = list(choose_scales(options))
    return json.dumps(compiled, sort_keys=True)


@functools.lru_cache(maxsize=1)
def _trainer(compiled_settings: str) -> Trainer:
    """The trainer of the last job, or another one: functions are compiled once for each size."""
    return make_trainer(argparse.Namespace(**json.loads(compiled_settings)))


@functools.lru_cache(maxsize=1)
def _network_of_scores() -> VGG16FeatureExtractor:
    from ... import VGG16FeatureExtractor

    return VGG16FeatureExtractor()


def _score(options: argparse.Namespace) -> dict[str, float]:
    from ...metrics import score

    try:
        return score(options.output, options.content, options.style[0], _network_of_scores())
    except ValueError:
        # Too small for the layers of the metrics; the picture is as good.
        return {}
