"""Seconds from the start of `nst transfer --preview` to its first preview, the imports included.

`python benchmarks/first_preview.py` starts the command at 512 pixels several times, stops each run
once its preview exists, and prints the seconds of each. The first run also reads the files of the
libraries from disk. To measure another version of the package, put its folder in `PYTHONPATH`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import IMAGES, describe_machine

INPUTS = [str(IMAGES / "astronaut.png"), str(IMAGES / "stained_glass.jpg")]
INTERVAL = 0.01


def seconds_to_preview(size: int) -> float:
    """Starts a run in a folder of its own, and stops it when its preview exists."""
    with tempfile.TemporaryDirectory() as folder:
        preview = Path(folder) / "result.preview.png"
        arguments = ["--size", str(size), "--output", "result.png", "--preview", "--quiet"]
        command = [sys.executable, "-m", "nst_framework", "transfer", *INPUTS, *arguments]
        start = time.perf_counter()
        with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as process:
            while not preview.exists():
                if process.poll() is not None:
                    raise RuntimeError(f"Expected a preview. The command failed: {command}")
                time.sleep(INTERVAL)
            seconds = time.perf_counter() - start
            process.kill()
        return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=512, help="default: %(default)s")
    parser.add_argument("--repeats", type=int, default=3, help="default: %(default)s")
    options = parser.parse_args()
    print(describe_machine())
    for _ in range(options.repeats):
        print(f"{seconds_to_preview(options.size):.1f} s", flush=True)
