"""`nst transfer`: makes an image in the style of another and saves it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..defaults import AUTO
from ..jobs.choice import job_class
from ..jobs.job import Job
from ..jobs.result_name import claim_name
from ..jobs.sidecar import differences
from ..jobs.stop_signals import StopSignals
from ..jobs.trust import check_trust, untrusted_code
from ..quiet_tensorflow import load_backend
from ..settings.layers import effective_settings, format_settings
from ..settings.learned import has_learned_style
from ..text import say, say_error


def transfer(typed: Mapping[str, Any]) -> int:
    """Makes the image that the options describe."""
    settings = effective_settings(typed)
    if "dump_config" in typed:
        print(format_settings(settings), end="")
        return 0
    resume, config = "resume" in typed, typed.get("config")
    with contextlib.ExitStack() as locks:
        if "output" not in settings:
            settings["output"] = claim_name(settings, locks, resume, config)
        job = job_class(settings)(
            settings,
            checkpoint=settings.get("checkpoint"),
            resume=resume,
            # A learned painting takes one pass, so there is nothing to preview.
            preview="preview" in typed and not has_learned_style(settings),
            metadata="no_metadata" not in typed,
            sidecar="no_sidecar" not in typed,
            quiet="quiet" in typed,
            config=config,
        )
        check_trust(settings, typed)
        job.check()
        if not job.quiet:
            for path in untrusted_code(settings, typed):
                job.notify(f"nst: note: running the code in {path}, named by {config}.")
        with StopSignals(job.quiet) as signals:
            try:
                locks.enter_context(job.locked())
                return _run(job, signals)
            except KeyboardInterrupt:
                return signals.exit_code


def _run(job: Job, signals: StopSignals) -> int:
    if not job.quiet:
        say(_describe(job))
        if job.preview:
            say(f"{job.preview_path}: a preview, until the run ends")
    load_backend()
    if job.config is not None and not job.quiet:
        for sentence in differences(Path(job.config), job.inputs):
            job.notify(f"nst: note: {sentence}")
    ending = job.run(on_begin=signals.wait_for_step_of)
    if ending.diverged:
        say_error(f"nst: {ending.reason}")
        return 1
    if not job.quiet:
        height, width = ending.image.shape[:2]
        reason = signals.reason if ending.interrupted else ending.reason
        say(f"{job.output}: {width} x {height} pixels. {reason}")
    return signals.exit_code if ending.interrupted else 0


def _describe(job: Job) -> str:
    """The content, the styles and the result, on one line."""
    settings = job.settings
    details = [] if settings["size"] == "none" else [f"{settings['size']} pixels"]
    if {settings.get("epochs"), settings.get("steps_per_epoch")}.isdisjoint({None, AUTO}):
        details.append(f"at most {settings['epochs']} x {settings['steps_per_epoch']} steps")
    more = f" ({', '.join(details)})" if details else ""
    styles = " and ".join(settings["style"])
    return f"{settings['content']} in the style of {styles} -> {job.output}{more}"
