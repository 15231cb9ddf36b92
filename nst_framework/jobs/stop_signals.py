"""Ctrl-C and the signals of batch schedulers and closed terminals, as requests to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType
from typing import Any, Protocol

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
NOTE = b"nst: note: the run stops after this step; a second signal or Ctrl-C stops it immediately\n"


class Interruptible(Protocol):
    """A trainer, or anything else that takes steps.

    Attributes:
        interrupt_training: Set to true to end the run after the current step.
    """

    interrupt_training: bool


class StopSignals:
    """Turns the first signal into a request to stop after the step, the second into an interrupt.

    Before the first step, even the first signal interrupts.

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
        """Whether a signal was received, even if no step was left to finish."""
        return self._first is not None

    @property
    def exit_code(self) -> int:
        """The exit code that shells use for the first signal: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + (self._first or signal.SIGINT)

    @property
    def reason(self) -> str:
        """Why the run ended, as a sentence."""
        if self._first in (None, signal.SIGINT):
            return "Interrupted from the keyboard."
        return f"Interrupted by {signal.Signals(self._first).name}."

    def wait_for_step_of(self, trainer: Interruptible) -> None:
        """From now on, lets the trainer finish its step after the first signal."""
        self._trainer = trainer

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in NAMES if hasattr(signal, name)):
                # Signals that the parent process ignores, as with nohup, stay ignored.
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
            # os.write, because the signal may have interrupted a print.
            with contextlib.suppress(OSError):
                os.write(2, NOTE)
