"""Peak resident memory of a whole run, over the size of the image.

`python benchmarks/memory.py` makes one step at each size, each in a new process, and writes
`outputs/benchmarks/memory.json` and `.png`. Images are square; a size is the length of the side in
pixels. It takes about ten minutes on two cores. The optimizer starts with a full curvature memory
of random numbers, because filling it with real steps would take hours at the largest size.

`python benchmarks/memory.py --rows 110` instead measures resident memory after each of many small
images in one process, for each way in which the rows of a batch may differ, and for the app. It
writes `outputs/benchmarks/memory-of-rows.json` and `.png`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from matplotlib.figure import Figure
from report import IMAGES, save

from nst_framework import (
    ContentLoss,
    ProjectedLBFGS,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    read_image,
)

KINDS = ("weights", "sizes", "losses", "app")
"""How the rows differ; the app's images differ in their weights."""

WARM = 10
"""Number of rows after which memory should not grow."""


class RandomState(Mapping[str, np.ndarray]):
    """A full curvature memory that makes its arrays on demand, so it takes no memory itself."""

    def __init__(self, shape: tuple[int, ...], memory: int) -> None:
        self.shape, self.memory = shape, memory

    def __getitem__(self, name: str) -> np.ndarray:
        """Returns random steps, or changes of the gradient that are 100 times the step."""
        if name == "scale":
            return np.array(0.01)
        if name == "products":
            return np.full(self.memory, 100.0 * np.prod(self.shape))
        kind, _, index = name.partition("_")
        step = np.random.default_rng(int(index)).standard_normal(self.shape, dtype=np.float32)
        return step if kind == "step" else 100 * step

    def pop(self, name: str) -> np.ndarray:
        """Returns an array, as if removed from the state by the optimizer."""
        return self[name]

    def __iter__(self) -> Iterator[str]:
        yield from ("products", "scale")
        for kind in ("step", "change"):
            yield from (f"{kind}_{index}" for index in range(self.memory))

    def __len__(self) -> int:
        return 2 + 2 * self.memory


class FullMemory(ProjectedLBFGS):
    """Starts with a full memory of steps and changes of the gradient."""

    def build(self, image: np.ndarray, state: Mapping[str, np.ndarray]) -> None:
        """Starts with a memory of random steps."""
        super().build(image, RandomState(image.shape, self.memory))


def run(size: int, tile_size: str | int | None) -> None:
    """Makes one step at one size and prints its progress."""
    images = [
        read_image(IMAGES / name, shape=(size, size))
        for name in ("chelsea.png", "brush_strokes.jpg")
    ]
    trainer = Trainer(VGG16FeatureExtractor())
    losses = [ContentLoss(), StyleLoss(), TotalVariationLoss()]
    trainer.compile(losses, optimizer=FullMemory(), precision="auto", tile_size=tile_size)
    trainer.fit(*images, size=None, epochs=1, steps_per_epoch=1, verbose=2)


def measure(size: int, tile_size: str) -> dict[str, Any]:
    """Measures the seconds and gigabytes of one run."""
    command = [sys.executable, __file__, "--run", str(size), "--tile-size", tile_size]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed with status {status}.")
    return {
        "size": size,
        "seconds": round(time.perf_counter() - start, 1),
        # Linux reports KiB, macOS bytes.
        "peak_gb": round(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9, 2),
        "plan": said.splitlines()[0],
    }


def draw(results: list[dict[str, Any]]) -> Figure:
    """Plots gigabytes against the size."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axis = figure.subplots()
    gigabytes = [result["peak_gb"] for result in results]
    axis.plot([result["size"] for result in results], gigabytes, marker="o")
    axis.set(xlabel="size in pixels (square)", ylabel="peak resident memory in GB", ylim=(0, None))
    axis.grid(alpha=0.3)
    return figure


def make_rows(kind: str, rows: int) -> None:
    """Makes 64-pixel images in this process and prints the megabytes after each."""
    from nst_framework.batch import run

    losses = ("StyleLoss", "MeanCovarianceLoss", "ChainedGramLoss", "HistogramLoss")
    shared = {"steps_per_epoch": 2, "epochs": 1, "precision": "float32"}
    inputs = {"content": IMAGES / "chelsea.png", "style": IMAGES / "brush_strokes.jpg"}
    with tempfile.TemporaryDirectory() as folder:
        for row in range(rows):
            job: dict[str, Any] = {**shared, **inputs, "size": 64, "output": f"{folder}/{row}.png"}
            if kind == "sizes":
                job["size"] = 64 + row
            elif kind == "losses":
                job["loss"] = [f"{losses[row % len(losses)]},weight={row + 1}"]
            else:
                job["content_weight"] = 100.0 + row
            if kind == "app":
                make_in_app(job, Path(folder) / str(row))
            else:
                [result] = run([job])
                if result.outcome != "made":
                    raise SystemExit(result.reason)
            print(psutil.Process().memory_info().rss // 1_000_000, flush=True)


def make_in_app(job: Mapping[str, Any], folder: Path) -> None:
    """Makes an image as the app does."""
    from nst_framework.cli.app.picture import Picture
    from nst_framework.settings.layers import effective_settings

    (folder / "result").mkdir(parents=True)
    output = str(folder / "result" / "picture.png")
    paths = {"content": str(job["content"]), "style": [str(job["style"])], "output": output}
    picture = Picture(effective_settings({**job, **paths}), folder)
    with ThreadPoolExecutor(1) as worker:
        picture.start(worker)
    if picture.error:
        raise SystemExit(picture.error)


def measure_rows(kind: str, rows: int) -> dict[str, Any]:
    """Measures the megabytes after each row, in a separate process."""
    command = [sys.executable, __file__, "--rows", str(rows), "--kind", kind]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    megabytes = [int(line) for line in said.split() if line.isdecimal()]
    growth = max(megabytes[WARM:]) - max(megabytes[:WARM])
    return {"kind": kind, "growth_mb": growth, "megabytes": megabytes}


def draw_rows(results: list[dict[str, Any]]) -> Figure:
    """Plots megabytes against the rows."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axis = figure.subplots()
    for result in results:
        rows = range(1, len(result["megabytes"]) + 1)
        axis.plot(rows, result["megabytes"], label=result["kind"])
    axis.set(xlabel="rows made", ylabel="resident memory in MB", ylim=(0, None))
    axis.legend(title="rows differ in")
    axis.grid(alpha=0.3)
    return figure


def main() -> None:
    """Measures each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[512, 1024, 2048, 4096], help="default: %(default)s"
    )
    parser.add_argument(
        "--tile-size", default="auto", help="auto, none, or pixels (default: %(default)s)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("outputs/benchmarks"),
        help="folder (default: %(default)s)",
    )
    parser.add_argument("--run", type=int, help="make a step at this size in this process")
    parser.add_argument("--rows", type=int, help="number of small images to make in one process")
    parser.add_argument("--kind", choices=KINDS, help="make rows of this kind in this process")
    arguments = parser.parse_args()
    if arguments.kind is not None:
        make_rows(arguments.kind, arguments.rows)
        return
    if arguments.rows is not None:
        rows = []
        for kind in KINDS:
            rows.append(measure_rows(kind, arguments.rows))
            print(f"{kind}: {rows[-1]['growth_mb']} MB after the first {WARM}", flush=True)
        save(arguments.output, "memory-of-rows", rows, draw_rows(rows))
        return
    if arguments.run is not None:
        tiles = {"auto": "auto", "none": None}
        text = arguments.tile_size
        run(arguments.run, tiles[text] if text in tiles else int(text))
        return
    results = []
    for size in arguments.sizes:
        results.append(measure(size, arguments.tile_size))
        print(results[-1], flush=True)
    save(arguments.output, "memory", results, draw(results))


if __name__ == "__main__":
    main()
