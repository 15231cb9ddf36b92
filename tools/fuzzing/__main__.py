"""Searches, guided by coverage, for input that makes reading fail in any way but a clear error.

    pip install atheris
    python tools/fuzzing images --seconds 400

Targets are `images`, `configurations` and `checkpoints`. The search begins with the inputs in
`tools/fuzzing/corpus` and with files that are made here; `--keep` adds those that reach new code to
that folder. An input that fails is written to the current folder, and the exit code is not 0.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
TARGETS = ("images", "configurations", "checkpoints")
LONGEST = {"images": 20_000, "configurations": 5_000, "checkpoints": 20_000}
"""Bytes of the longest input."""


def main() -> int:
    """Searches for so many seconds of processor time."""
    parser = argparse.ArgumentParser(description="Fuzzes what reads files.")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=400)
    parser.add_argument("--keep", action="store_true", help="keep the inputs that reach new code")
    options = parser.parse_args()
    archive = CORPUS / f"{options.target}.zip"
    target = [
        sys.executable,
        str(Path(__file__).parent / "targets.py"),
        f"--target={options.target}",
    ]
    with tempfile.TemporaryDirectory() as name:
        found, merged = Path(name) / "found", Path(name) / "merged"
        found.mkdir()
        merged.mkdir()
        if archive.exists():
            with zipfile.ZipFile(archive) as file:
                file.extractall(found)
        subprocess.run([*target, "--seeds", str(found)], check=True)
        limits = ["-timeout=20", "-rss_limit_mb=4096", f"-max_len={LONGEST[options.target]}"]
        times = [f"-max_total_time={options.seconds}", "-print_final_stats=1"]
        code = subprocess.run([*target, *limits, *times, str(found)]).returncode
        if options.keep:
            subprocess.run([*target, *limits, "-merge=1", str(merged), str(found)], check=True)
            CORPUS.mkdir(exist_ok=True)
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
                for path in sorted(merged.iterdir()):
                    file.write(path, path.name)
    return code


if __name__ == "__main__":
    sys.exit(main())
