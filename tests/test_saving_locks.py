"""Two processes cannot write the same file; a dead one keeps nobody out."""

from __future__ import annotations

import contextlib
import fcntl
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nst_framework.saving import lock_output

HOLD = """
import sys, time
from nst_framework.saving import lock_output
with lock_output(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(60)
"""


@contextlib.contextmanager
def hold(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has locked a file; it is killed when the block ends."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_another_process_is_kept_out_until_the_first_one_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "result.png"
    with hold(path) as process:
        with pytest.raises(BlockingIOError, match=f"result.png.*process {process.pid} on .* Wait"):
            lock_output(path).__enter__()
        with lock_output(path.with_name("other.png")):
            pass
    with lock_output(path), lock_output(path):
        assert len(list(path.parent.iterdir())) == 1
    assert list(path.parent.iterdir()) == [], "nothing is left"


def test_a_lock_ends_with_its_block(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250 + ".png")
    for _ in range(2):
        with lock_output(path):
            assert not path.exists()
    with hold(path):
        pass


def test_a_process_that_only_looks_for_dead_locks_keeps_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "result.png"
    with lock_output(path):
        (lock,) = tmp_path.iterdir()
    with lock.open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_EX)
        timer = threading.Timer(0.05, lambda: fcntl.flock(looking, fcntl.LOCK_UN))
        timer.start()
        with lock_output(path):
            assert lock.read_text()
        timer.join()
