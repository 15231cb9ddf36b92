"""What the command line prints about files, which may have any name."""

from __future__ import annotations


def one_line(text: str) -> str:
    """A text on one line, in which only printable characters are left."""
    line = " ".join(text.split())
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in line
    )
