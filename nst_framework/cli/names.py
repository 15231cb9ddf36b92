"""What somebody may have meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """A question for the end of an error, or nothing if no name is near.

    Example:
    ```python
    nearest("stile_weight", ["style_weight", "size"])  # " Did you mean style_weight?"
    ```
    """
    found = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {found[0]}?" if found else ""
