"""Coverage-guided search for input that makes a reader fail without a clear error.

    pip install atheris
    python tools/fuzzing
    python tools/fuzzing images --seconds 3600

Targets are `images`, `configurations` and `checkpoints`; the default is all three. `--seconds` is
the CPU time for each target. The search starts from the inputs in `tools/fuzzing/corpus` and from
generated files; `--keep` adds inputs that reach new code to that folder. A failing input is written
to the current folder, and the exit code is not 0.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
TARGETS = ("images", "configurations", "checkpoints")
LONGEST = {"images": 20_000, "configurations": 5_000, "checkpoints": 20_000}
"""Maximum size of an input, in bytes."""


def processor_seconds() -> float:
    """The CPU time of the finished searches."""
    times = os.times()
    return times.children_user + times.children_system


def search(target: str, seconds: float, keep: bool) -> int:
    """Searches for a number of seconds of CPU time and returns the exit code."""
    archive = CORPUS / f"{target}.zip"
    command = [sys.executable, str(Path(__file__).parent / "targets.py"), f"--target={target}"]
    with tempfile.TemporaryDirectory() as name:
        found, merged = Path(name) / "found", Path(name) / "merged"
        found.mkdir()
        merged.mkdir()
        if archive.exists():
            with zipfile.ZipFile(archive) as file:
                file.extractall(found)
        subprocess.run([*command, "--seeds", str(found)], check=True)
        command += ["-timeout=20", "-rss_limit_mb=4096", f"-max_len={LONGEST[target]}"]
        begin, code = processor_seconds(), 0
        while code == 0 and (left := seconds - processor_seconds() + begin) > 0:
            # libFuzzer limits only wall time, which exceeds CPU time under other load.
            times = [f"-max_total_time={int(left) + 1}", "-print_final_stats=1"]
            code = subprocess.run([*command, *times, str(found)]).returncode
        print(f"{target}: {processor_seconds() - begin:.0f} s of CPU time", flush=True)
        if keep:
            subprocess.run([*command, "-merge=1", str(merged), str(found)], check=True)
            CORPUS.mkdir(exist_ok=True)
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
                for path in sorted(merged.iterdir()):
                    file.write(path, path.name)
    return code


def main() -> int:
    """Searches the targets one after the other and returns 0 if nothing failed."""
    parser = argparse.ArgumentParser(description="Fuzzes the file readers.")
    parser.add_argument("targets", nargs="*", metavar="target", default=TARGETS)
    parser.add_argument("--seconds", type=int, default=400)
    parser.add_argument("--keep", action="store_true", help="keep the inputs that reach new code")
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"expected targets among {', '.join(TARGETS)}, received {unknown.pop()!r}")
    return max([search(target, options.seconds, options.keep) for target in options.targets])


if __name__ == "__main__":
    sys.exit(main())
