"""A real server of the app, for its tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def served(*options: str, end: signal.Signals = signal.SIGINT, **environment: str) -> Iterator[str]:
    """Starts `nst app`, and ends it with a signal, to which it answers with exit code 0.

    Args:
        options: Options of `nst app`.
        end: The signal, by default that of Ctrl-C.
        environment: Variables to set.

    Yields:
        The address.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "nst_framework", "app", "--no-browser", "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    with process:
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if "http://" in line)
            yield line.split()[4]
            process.send_signal(end)
            assert process.wait(60) == 0
        finally:
            process.kill()
