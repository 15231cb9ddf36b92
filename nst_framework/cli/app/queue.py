"""Who is next: one picture is made at a time."""

from __future__ import annotations

import threading

MOST = 20
"""How many pictures may wait."""


class Queue:
    """Lets runs in one at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[object] = []

    def join(self, run: object) -> None:
        """Takes the last place.

        Raises:
            ValueError: If too many wait.
        """
        with self._changed:
            if len(self._waiting) > MOST:
                raise ValueError(
                    f"Expected at most {MOST} pictures to wait. Received: one more. Try later."
                )
            self._waiting.append(run)

    def place(self, run: object) -> int:
        """How many are before a run; 0 if it is its turn."""
        with self._changed:
            return self._waiting.index(run) if run in self._waiting else 0

    def wait(self, run: object, seconds: float) -> bool:
        """Waits some seconds for a run's turn, and returns whether it has come."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting[0] is run, seconds)

    def leave(self, run: object) -> None:
        """Lets the next one in."""
        with self._changed:
            self._waiting.remove(run)
            self._changed.notify_all()
