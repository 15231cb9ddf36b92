"""Makes every clip in a folder and reads it as `nst video` does.

    python -m tools.video_corpus FOLDER

The script prints one line for each clip and exits with 1 if a clip is read incorrectly. Clips that
need ffmpeg (Debian's package) are skipped if it is not installed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from . import pictures, sound, times
from .clip import Clip, has_ffmpeg


def every_clip() -> Iterator[Clip]:
    """All clips: of times, sound and pictures."""
    for part in (times, sound, pictures):
        yield from part.clips()


def main() -> int:
    """Makes and reads all clips."""
    parser = argparse.ArgumentParser(description="Makes clips of every kind and reads them.")
    parser.add_argument("folder", type=Path, help="folder for the clips")
    parser.add_argument("--only", default="", help="only clips whose name contains this text")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    failures = 0
    for clip in every_clip():
        if options.only not in clip.name:
            continue
        if clip.needs_ffmpeg and not has_ffmpeg():
            outcome = "skipped: needs ffmpeg"
        else:
            path = options.folder / clip.name
            clip.make(path)
            try:
                clip.check(path)
            except (AssertionError, ValueError) as error:
                failures += 1
                outcome = f"WRONG: {' '.join(str(error).split())[:200]}"
            else:
                outcome = "right"
        print(f"{clip.name:32} {outcome:8} {clip.stands_for}", flush=True)
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
