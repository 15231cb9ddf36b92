"""The command line: `nst transfer` makes images, `nst score` measures them."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from .options import parse_arguments
from .output import discard_unread, say
from .score import print_score
from .transfer import transfer
from .user_code import describe_error, user_code_location

__all__ = ["main"]

BAD_INPUT = (ValueError, OSError, ImportError, MemoryError)
"""The errors that the package raises for bad input."""

INTERRUPTED = 130
"""The exit code that shells use for Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Bad input and any error in the user's own code are reported on one line of stderr, after the
    traceback if `--traceback` is given.

    Args:
        arguments: The words after `nst`; by default those of this process.

    Returns:
        The exit code: 0; 1 if the loss was not finite; 2 for bad input or an error in the user's
        own code; 130 after Ctrl-C, 143 after SIGTERM.

    Raises:
        Exception: Any other exception, which is a bug in the package.
    """
    with_traceback = False
    try:
        typed = parse_arguments(arguments)
        with_traceback = "traceback" in typed
        return print_score(typed) if typed.command == "score" else transfer(typed)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        # The user's own code may raise anything.
        location = user_code_location(error)
        if location is None and not isinstance(error, BAD_INPUT):
            raise
        if with_traceback:
            traceback.print_exception(error)
        message = f"{location}: {describe_error(error)}" if location else str(error)
        say(f"nst: error: {message}", error=True)
        return 2
    finally:
        discard_unread()
