"""Text for people: lines that any terminal can show, and durations."""

from __future__ import annotations


def one_line(text: str) -> str:
    """A text on one line, in which only printable characters are left.

    Example:
    ```python
    one_line("no\nfile 'a\x1b[31m.png'")  # "no file 'a\\x1b[31m.png'"
    ```
    """
    line = " ".join(text.split())
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in line
    )


def format_duration(seconds: float) -> str:
    """Formats a duration as `1:05` (minutes and seconds) or `2:01:05` (with hours)."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
