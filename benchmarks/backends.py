"""Start-up and evaluation times by backend and precision, as a table.

`python benchmarks/backends.py --backends tensorflow jax torch` runs each case in a separate
process, one after the other, repeats the whole list several times, and prints the medians. All
backends must be installed. Start-up is the time from the first import to the end of the first step:
the libraries, the network, the targets and the compilation.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

PRECISIONS = ("float32", "mixed_bfloat16")


def measure(size: int, precision: str, steps: int) -> dict[str, float]:
    """The start-up time and the median evaluation time of a run in this process."""
    begun = time.perf_counter()
    import numpy as np
    from evaluation import Timed
    from report import IMAGES

    from nst_framework import (
        ContentLoss,
        ProjectedLBFGS,
        StyleLoss,
        TotalVariationLoss,
        Trainer,
        VGG16FeatureExtractor,
        read_image,
    )

    started = [0.0]

    class FromImport(Timed):
        def steps(self, objective, image):  # type: ignore[no-untyped-def]
            for step in super().steps(objective, image):
                started[0] = started[0] or time.perf_counter() - begun
                yield step

    names = ("chelsea.png", "brush_strokes.jpg")
    images = [read_image(IMAGES / name, shape=(size, size)) for name in names]
    timed = FromImport(ProjectedLBFGS())
    trainer = Trainer(VGG16FeatureExtractor())
    losses = [ContentLoss(), StyleLoss(), TotalVariationLoss()]
    trainer.compile(losses, optimizer=timed, precision=precision)
    trainer.fit(*images, size=None, epochs=1, steps_per_epoch=steps + 1, verbose=0)
    return {"start-up": started[0], "evaluation": float(np.median(timed.evaluations))}


def main() -> None:
    """Runs every case several times and prints a table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax", "torch"])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", choices=PRECISIONS, help="run one case in this process")
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(measure(arguments.size, arguments.run, arguments.steps)))
        return
    cases = [(backend, each) for backend in arguments.backends for each in PRECISIONS]
    results = defaultdict(list)
    options = ["--size", str(arguments.size), "--steps", str(arguments.steps)]
    # In rounds, so that a temporary slowdown of the machine affects all cases.
    for _ in range(arguments.rounds):
        for backend, precision in cases:
            command = [sys.executable, str(Path(__file__)), "--run", precision, *options]
            environment = {**os.environ, "KERAS_BACKEND": backend}
            run = subprocess.run(
                command, env=environment, check=True, stdout=subprocess.PIPE, text=True
            )
            results[backend, precision].append(json.loads(run.stdout.splitlines()[-1]))
    print("| backend | precision | start-up | an evaluation |\n|---|---|---|---|")
    for (backend, precision), rows in results.items():
        start, evaluation = (
            sorted(row[name] for row in rows)[len(rows) // 2] for name in ("start-up", "evaluation")
        )
        print(f"| {backend} | {precision} | {start:.1f} | {evaluation:.2f} |")


if __name__ == "__main__":
    main()
