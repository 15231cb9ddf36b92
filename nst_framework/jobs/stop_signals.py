"""Ctrl-C, and what batch schedulers and closed terminals send, as requests to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType
from typing import Any, Protocol

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
NOTE = b"nst: note: the run stops after this step; a second signal or Ctrl-C stops it now\n"


class Interruptible(Protocol):
    """A trainer, or what else takes steps.

    Attributes:
        interrupt_training: Set to true to end the run after the current step.
    """

    interrupt_training: bool


class StopSignals:
    """Turns the first signal into a request to stop after the step, the second into an interrupt.

    Before a run has begun there is no step to finish, and the first signal interrupts.

    Args:
        quiet: Whether to print no note.
    """

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._first: int | None = None
        self._trainer: Interruptible | None = None
        self._before: dict[int, Any] = {}

    @property
    def received(self) -> bool:
        """Whether there was a signal, even if there was no step left to wait for."""
        return self._first is not None

    @property
    def exit_code(self) -> int:
        """What shells use for the first signal: 130 after Ctrl-C, 143 after SIGTERM."""
        return 128 + (self._first or signal.SIGINT)

    @property
    def reason(self) -> str:
        """What ended the run, in a sentence."""
        if self._first in (None, signal.SIGINT):
            return "Interrupted from the keyboard."
        return f"Interrupted by {signal.Signals(self._first).name}."

    def wait_for_step_of(self, trainer: Interruptible) -> None:
        """Lets the first signal wait for the end of the trainer's step."""
        self._trainer = trainer

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in NAMES if hasattr(signal, name)):
                # What is ignored from outside, as by nohup, stays ignored.
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self._first is not None or self._trainer is None:
            self._first = self._first or number
            raise KeyboardInterrupt
        self._first = number
        self._trainer.interrupt_training = True
        if not self._quiet:
            # Not print, in the middle of which the signal may have come.
            with contextlib.suppress(OSError):
                os.write(2, NOTE)
