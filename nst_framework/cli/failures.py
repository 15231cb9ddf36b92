"""Errors that are reported on one line."""

from __future__ import annotations

from .user_code import describe_error, user_code_location

BAD_INPUT = (ValueError, OSError, ImportError, MemoryError)
"""The errors that the package raises for bad input."""


def describe_failure(error: Exception) -> str | None:
    """What to tell the user of an error.

    It is the message of an error about bad input; the place, type and message of an error in
    the user's own code; `None` for a bug in the package.
    """
    location = user_code_location(error)
    if location is not None:
        return f"{location}: {describe_error(error)}"
    return str(error) if isinstance(error, BAD_INPUT) else None
