"""Output files are checked first, never incomplete, and written by one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nst_framework.saving import atomic_write, check_writable, lock_output

HOLD = """
import sys, time
from nst_framework.saving import lock_output
with lock_output(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_good_path_is_returned_and_nothing_is_created(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.PNG"
    assert check_writable(str(path), [".png"]) == path
    assert list(tmp_path.iterdir()) == []


def test_bad_paths(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.png, \.jpg.*a\.gif"):
        check_writable(tmp_path / "a.gif", [".png", ".jpg"])
    (tmp_path / "b.png").mkdir()
    with pytest.raises(OSError, match="it is a folder"):
        check_writable(tmp_path / "b.png", [".png"])
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "c.png", tmp_path / ("n" * 300 + ".png")):
        with pytest.raises(OSError, match="Choose another folder or name"):
            check_writable(path, [".png"])


def test_a_file_is_replaced_once_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / ("n" * 240 + ".png")
    for contents in (b"first", b"second"):
        with atomic_write(path) as partial:
            partial.write_bytes(contents)
        assert path.read_bytes() == contents
        assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_file_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail_half_way() -> None:
        with atomic_write(path) as partial:
            partial.write_bytes(b"half of")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk"):
        fail_half_way()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_a_killed_process_are_removed_but_not_files_in_use(tmp_path: Path) -> None:
    code = """
import os, pathlib, signal, sys
from nst_framework.saving import atomic_write
with atomic_write(pathlib.Path(sys.argv[1]) / "b.png") as partial:
    partial.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".partial-")
    path = tmp_path / "a.png"
    with atomic_write(path) as outer:
        outer.write_bytes(b"outer")
        check_writable(path)
        with atomic_write(path) as inner:
            inner.write_bytes(b"inner")
        assert outer.exists()
    assert path.read_bytes() == b"outer"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_flushed_before_it_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    flush, replace = os.fsync, os.replace

    def record_flush(descriptor: int) -> None:
        events.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        flush(descriptor)

    def record_replace(source: Path, target: Path) -> None:
        events.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_flush)
    monkeypatch.setattr(os, "replace", record_replace)
    with atomic_write(tmp_path / "a.png") as partial:
        partial.write_bytes(b"contents")
    assert events == ["a.png", "replace", tmp_path.name]


def test_a_missing_folder_does_not_hide_the_original_error(tmp_path: Path) -> None:
    def lose_the_folder() -> None:
        with atomic_write(tmp_path / "folder" / "a.png") as partial:
            shutil.rmtree(tmp_path / "folder")
            partial.write_bytes(b"contents")

    with pytest.raises(FileNotFoundError, match=r"a\.png"):
        lose_the_folder()


def test_a_folder_removed_by_another_process_as_a_leftover_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = tempfile.mkdtemp

    def make_and_lose_the_first(**arguments: Any) -> str:
        made.append(make(**arguments))
        if len(made) == 1:
            Path(made[0]).rmdir()
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", make_and_lose_the_first)
    with atomic_write(tmp_path / "file") as partial:
        partial.write_text("whole")
    assert len(made) == 2
    assert (tmp_path / "file").read_text() == "whole"


@contextlib.contextmanager
def hold(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Starts a process that locks a file, and kills it when the block ends."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_a_lock_keeps_other_processes_out_until_its_process_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "result.png"
    with hold(path) as process:
        with pytest.raises(BlockingIOError, match=f"result.png.*process {process.pid} on .* Wait"):
            lock_output(path).__enter__()
        with lock_output(path.with_name("other.png")):
            pass
    with lock_output(path), lock_output(path):
        assert len(list(path.parent.iterdir())) == 1
    assert list(path.parent.iterdir()) == [], "no leftovers"


def test_a_lock_ends_with_its_block(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250 + ".png")
    for _ in range(2):
        with lock_output(path):
            assert not path.exists()
    with hold(path):
        pass


def test_a_process_that_only_tests_for_leftover_locks_keeps_no_other_out(tmp_path: Path) -> None:
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
