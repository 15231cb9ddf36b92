"""Text for people: lines that any terminal can show."""

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
