"""Peak resident memory of a whole run, over the size of the image.

`python benchmarks/memory.py` runs `nst transfer` at each size, a square of so many pixels, in a
process of its own, and writes `outputs/benchmarks/memory.json` and `.png`. Each run has 12 steps,
so that the optimizer's memory is full.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from report import IMAGES, save

from nst_framework import read_image, write_image

STEPS = "12"
"""More than the optimizers remember."""


def measure(size: int, options: list[str], folder: Path) -> dict[str, Any]:
    """Seconds and gigabytes of one run."""
    images = []
    for name in ("chelsea.png", "brush_strokes.jpg"):
        path = folder / Path(name).with_suffix(".png")
        write_image(path, read_image(IMAGES / name, shape=(size, size)))
        images.append(str(path))
    output = str(folder / "result.png")
    command = [sys.executable, "-m", "nst_framework", "transfer", *images, "--output", output]
    command += ["--size", str(size), "--epochs", "1", "--steps-per-epoch", STEPS, *options]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed with status {status}.")
    return {
        "size": size,
        "options": options,
        "seconds": round(time.perf_counter() - start, 1),
        # Linux counts in KiB, macOS in bytes.
        "peak_gb": round(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9, 2),
        "plan": said.splitlines()[0],
    }


def draw(results: list[dict[str, Any]]) -> Figure:
    """Gigabytes over the size, one line for each set of options."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axis = figure.subplots()
    for options in dict.fromkeys(tuple(result["options"]) for result in results):
        rows = [result for result in results if tuple(result["options"]) == options]
        label = " ".join(options)
        axis.plot([r["size"] for r in rows], [r["peak_gb"] for r in rows], marker="o", label=label)
    axis.set(xlabel="size in pixels (square)", ylabel="peak resident memory in GB", ylim=(0, None))
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


def main() -> None:
    """Measures each size with each set of options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 1024, 2048, 4096])
    parser.add_argument("--output", type=Path, default=Path("outputs/benchmarks"))
    parser.add_argument(
        "--options",
        nargs="+",
        default=["--optimizer lbfgs"],
        help="options of nst transfer, one text for each line of the plot",
    )
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for options in arguments.options:
            for size in arguments.sizes:
                results.append(measure(size, options.split(), Path(folder)))
                print(results[-1], flush=True)
    save(arguments.output, "memory", results, draw(results))


if __name__ == "__main__":
    main()
