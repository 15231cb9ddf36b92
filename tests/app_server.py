"""Runs a real server of the app for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN_UNTIL_STDIN_CLOSES = """
import os, runpy, sys, threading

def end_with_parent():
    os.read(0, 1)
    os._exit(1)

threading.Thread(target=end_with_parent, daemon=True).start()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def start_module(module: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Runs a module in a process that also ends if this one is killed, which closes its stdin.

    Args:
        module: The module, as for `python -m`.
        arguments: Its arguments.
        environment: Environment variables to set.
    """
    return subprocess.Popen(
        [sys.executable, "-c", RUN_UNTIL_STDIN_CLOSES, module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


@contextmanager
def served(*options: str, end: signal.Signals = signal.SIGINT, **environment: str) -> Iterator[str]:
    """Starts `nst app`, ends it with a signal, and checks that its exit code is 0.

    Args:
        options: Options of `nst app`.
        end: The signal, by default that of Ctrl-C.
        environment: Environment variables to set.

    Yields:
        The address.
    """
    arguments = ("app", "--no-browser", "--port", "0", *options)
    with _address_of(start_module("nst_framework", *arguments, **environment), end) as address:
        yield address


@contextmanager
def served_briefly(folder: Path, **lifetime: float) -> Iterator[str]:
    """Starts `nst app` for pictures of up to 128 pixels, with files that are kept for seconds.

    Args:
        folder: The folder in which the app creates the folder for its files.
        lifetime: The arguments of `Lifetime`.

    Yields:
        The address.
    """
    paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    process = start_module(
        "short_lived_app", json.dumps(lifetime), TMPDIR=str(folder), PYTHONPATH=paths
    )
    with _address_of(process, signal.SIGINT) as address:
        yield address


@contextmanager
def _address_of(process: subprocess.Popen[str], end: signal.Signals) -> Iterator[str]:
    with process:
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if "http://" in line)
            yield line.split()[4]
            process.send_signal(end)
            assert process.wait(60) == 0
        finally:
            process.kill()
