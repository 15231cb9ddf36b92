"""Clips of sound."""

from __future__ import annotations

from collections.abc import Iterator

from .clip import Clip


def clips() -> Iterator[Clip]:
    """Clips."""
    yield from ()
