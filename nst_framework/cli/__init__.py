"""The command line: `nst transfer`, `batch`, `video`, `train`, `score` and `app`."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from ..settings.classes import describe_failure
from ..text import discard_pending_output, say_error
from .app.command import run_app
from .batch.command import make_batch
from .parser import parse_arguments
from .score import print_score
from .train import train
from .transfer import transfer
from .video.command import make_video

__all__ = ["main"]

INTERRUPTED = 130
"""The exit code that shells use for Ctrl-C."""

COMMANDS = {
    "transfer": transfer,
    "batch": make_batch,
    "video": make_video,
    "train": train,
    "score": print_score,
    "app": run_app,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line, and returns the exit code.

    Bad input and errors in the user's own code are reported on one line of stderr, after the
    traceback if `--traceback` is given. Any other exception is a bug in the package, and is raised.

    Returns:
        0; 1 if the loss was not finite or a job of a batch failed; 2 for bad input or an error in
        the user's own code; 130 after Ctrl-C; 143 after SIGTERM.
    """
    with_traceback = False
    try:
        command, typed = parse_arguments(arguments)
        with_traceback = "traceback" in typed
        return COMMANDS[command](typed)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        # The user's own code may raise any exception.
        message = describe_failure(error)
        if message is None:
            raise
        if with_traceback:
            traceback.print_exception(error)
        say_error(f"nst: error: {message}")
        return 2
    finally:
        discard_pending_output()
