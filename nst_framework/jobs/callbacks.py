"""The callbacks of a job, and its warnings on one line each."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..settings.classes import call_class, load_class, parse_class_call
from ..settings.layers import Settings
from ..settings.option import parse_interval

if TYPE_CHECKING:
    import keras


def make_callbacks(
    settings: Settings, checkpoint: str | None, preview: Path | None
) -> list[keras.callbacks.Callback]:
    """Makes the callbacks for saved images, the preview, checkpoints, and `--callback`."""
    import keras

    from .. import callbacks as package

    callbacks: list[keras.callbacks.Callback] = []
    if "save_every" in settings:
        output = Path(settings["output"])
        # Braces in the user's file name are not fields.
        stem = str(output.with_suffix("")).replace("{", "{{").replace("}", "}}")
        path = f"{stem}-{{step:05d}}{output.suffix}"
        every, bit_depth = settings["save_every"], settings["bit_depth"]
        callbacks.append(package.ImageSaver(path, every, "step", bit_depth))
    if preview is not None:
        callbacks.append(package.Preview(preview))
    if checkpoint is not None:
        every = settings.get("checkpoint_every")
        steps, seconds = (None, None) if every is None else parse_interval(every)
        keep = settings["keep_checkpoints"]
        callbacks.append(package.Checkpoint(checkpoint, keep, steps, seconds))
    for text in settings.get("callback", []):
        call = parse_class_call(text)
        kind = load_class(call, keras.callbacks.Callback, package)
        callbacks.append(call_class(kind, call.arguments))
    return callbacks


def on_train_begin(action: Callable[[], None]) -> keras.callbacks.Callback:
    """A callback that calls a function right before the first step."""
    import keras

    return keras.callbacks.LambdaCallback(on_train_begin=lambda logs: action())


def report_warnings(notify: Callable[[str], None], quiet: bool) -> None:
    """Reports each warning of a run on one line, until `catch_warnings` ends.

    Args:
        notify: Called with each line.
        quiet: Whether to ignore warnings that a run was started on another machine or version.
    """
    from ..objective.evaluation import NonFiniteLossWarning
    from ..run.previous import OlderCheckpointWarning
    from ..run.state import OtherEnvironmentWarning
    from ..saving import NotSavedWarning

    # The same text is reported as the reason why the run ended.
    warnings.simplefilter("ignore", NonFiniteLossWarning)
    if quiet:
        warnings.simplefilter("ignore", OtherEnvironmentWarning)
    reported = (NotSavedWarning, OlderCheckpointWarning, OtherEnvironmentWarning)
    show = warnings.showwarning

    def show_in_a_line(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, reported):
            notify(f"nst: warning: {message}")
        else:
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = show_in_a_line
