"""The command line: `nst transfer` makes images, `nst score` says in numbers what they are."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from .options import parse_arguments
from .score import print_score
from .transfer import INTERRUPTED, transfer

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: The words after `nst`; by default those of this process.

    Returns:
        The exit code: 0; 1 if the loss was not finite; 2 for bad input; 130 after Ctrl-C.
    """
    try:
        typed = parse_arguments(arguments)
        return print_score(typed) if typed.command == "score" else transfer(typed)
    except (ValueError, OSError, ImportError, MemoryError) as error:
        print(f"nst: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
