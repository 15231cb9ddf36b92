"""Durations as people read them."""

from __future__ import annotations


def format_duration(seconds: float) -> str:
    """Formats a duration as `1:05` (minutes and seconds) or `2:01:05` (with hours)."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
