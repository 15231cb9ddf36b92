"""Kills runs of `nst transfer` at random moments, resumes them, and compares their results.

    python tools/kill_runs.py --kills 200

Each run saves checkpoints and images every few steps. It is killed (SIGKILL) several times and
restarted with the same command. A quarter of the kills come at any time, the others just after a
change in the folder, and therefore often while a file is written, renamed or removed. After every
kill, all checkpoints must load and all images must be complete. At the end, the folder must equal
that of an uninterrupted run, byte for byte.
"""

from __future__ import annotations

import argparse
import collections
import ctypes
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from nst_framework import write_image
from nst_framework.run.state import RunState

OPTIONS = """
--size 64 --network random --content-layers filters_7 --style-layers filters_7 --precision float32
--epochs 3 --steps-per-epoch 12 --save-every 4 --quiet
--checkpoint run.npz --checkpoint-every 3steps --keep-checkpoints 2 --resume
"""
INPUTS = ("content.png", "style.png")
COMMAND = [sys.executable, "-m", "nst_framework", "transfer", *INPUTS, *OPTIONS.split()]
# Its contents depend on whether the last kill came before it was renamed.
PREVIOUS = "run.1.npz"
LONGEST_CHAIN = 5
"""Maximum number of kills per run."""


class FolderChanges:
    """Waits until files are created, renamed or removed, with Linux's inotify."""

    MOVED, CREATED, DELETED = 0xC0, 0x100, 0x200

    def __init__(self, folder: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.inotify_init()
        mask = self.MOVED | self.CREATED | self.DELETED
        self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), mask)

    def wait(self, process: subprocess.Popen[bytes]) -> bool:
        """Waits for a change; returns whether one came before the process ended."""
        while process.poll() is None:
            if select.select([self._descriptor], [], [], 0.05)[0]:
                os.read(self._descriptor, 4096)
                return True
        return False

    def close(self) -> None:
        """Stops watching."""
        os.close(self._descriptor)


def make_folder(folder: Path) -> Path:
    """Makes a folder with the images of the run."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for name, shape in zip(INPUTS, ((48, 64, 3), (64, 56, 3)), strict=True):
        write_image(folder / name, generator.integers(0, 256, shape, dtype=np.uint8))
    return folder


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Starts or resumes the run."""
    return subprocess.Popen(COMMAND, cwd=folder)


def run_whole(folder: Path) -> tuple[float, int]:
    """Runs to the end; returns the seconds and the number of changes in the folder."""
    changes, count, begin = FolderChanges(folder), 0, time.monotonic()
    process = start(folder)
    while changes.wait(process):
        count += 1
    changes.close()
    assert process.wait() == 0
    return time.monotonic() - begin, count


def kill(folder: Path, moment: random.Random, seconds: float, changes: int) -> bool:
    """Starts the run and kills it at a random moment; returns whether it was still running."""
    watch = FolderChanges(folder)
    process = start(folder)
    if moment.random() < 0.25:
        time.sleep(moment.uniform(0, seconds))
    else:
        for _ in range(moment.randint(1, changes)):
            if not watch.wait(process):
                break
        time.sleep(moment.uniform(0, moment.choice([0, 0.001, 0.005, 0.05])))
    process.send_signal(signal.SIGKILL)
    watch.close()
    return process.wait() == -signal.SIGKILL


def where(folder: Path) -> str:
    """The activity of a run when it was killed, judging by its folder."""
    partial = [path for each in folder.glob(".partial-*") for path in each.iterdir()]
    names = {path.name for path in partial}
    if "run.npz" in names:
        return "while a checkpoint was written or renamed"
    if "result.png" in names or (folder / "result.png").exists():
        return "from the final image on"
    if any(name.startswith("result-") for name in names):
        return "while an image was written or renamed"
    if list(folder.glob(".partial-*")):
        return "while a temporary folder was made or removed"
    if (folder / "run.npz").exists():
        return "between two saves, after the first checkpoint"
    return "before the first checkpoint"


def check_killed(folder: Path, reference: Path) -> None:
    """Raises an `AssertionError` if a killed run left an incomplete file."""
    for checkpoint in folder.glob("*.npz"):
        RunState.load(checkpoint)
    for path in folder.iterdir():
        if not path.name.startswith((".partial-", ".lock-")):
            expected = reference / path.name
            assert expected.exists(), f"{path} is unexpected"
            if path.suffix != ".npz":
                assert path.read_bytes() == expected.read_bytes(), f"{path} is not complete"


def check_completed(folder: Path, reference: Path) -> None:
    """Raises an `AssertionError` if a folder differs from that of the uninterrupted run."""
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in reference.iterdir()), names
    for name in names:
        if name == PREVIOUS:
            RunState.load(folder / name)
        else:
            same = (folder / name).read_bytes() == (reference / name).read_bytes()
            assert same, f"{folder / name} differs"


def kill_and_resume(kills: int, seed: int, root: Path) -> collections.Counter[str]:
    """Kills runs until a number of kills is reached.

    Args:
        kills: Number of kills.
        seed: Seed for the moments of the kills.
        root: An empty folder. Runs that pass are removed from it.

    Returns:
        The activities of the runs when they were killed, with counts.
    """
    moment = random.Random(seed)
    reference = make_folder(root / "reference")
    seconds, changes = run_whole(reference)
    places: collections.Counter[str] = collections.Counter()
    runs = 0
    while places.total() < kills:
        folder = make_folder(root / f"run-{runs:03d}")
        for _ in range(min(moment.randint(1, LONGEST_CHAIN), kills - places.total())):
            if not kill(folder, moment, seconds, changes):
                break
            places[where(folder)] += 1
            print(f"{places.total()} of {kills}: {where(folder)}", flush=True)
            check_killed(folder, reference)
        run_whole(folder)
        check_completed(folder, reference)
        shutil.rmtree(folder)
        runs += 1
    print(f"All {runs} runs ended like the uninterrupted one.")
    return places


def main() -> None:
    """Prints a table of the kills; a difference raises an error and keeps the folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="kill-runs-"))
    print(f"In {root}")
    places = kill_and_resume(options.kills, options.seed, root)
    print("\n| killed | times |\n|---|---|")
    for place, times in places.most_common():
        print(f"| {place} | {times} |")
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
