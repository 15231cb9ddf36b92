"""Peak resident memory of a whole run, over the size of the image.

`python benchmarks/memory.py` makes one step at each size, each in a new process, and writes
`outputs/benchmarks/memory.json` and `.png`. Images are square; a size is the length of the side in
pixels. It takes about ten minutes on two cores. The optimizer starts with a full curvature memory
of random numbers, because filling it with real steps would take hours at the largest size.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
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


class RandomState(Mapping[str, np.ndarray]):
    """A full curvature memory that makes its arrays on demand, so it takes no memory itself."""

    def __init__(self, shape: tuple[int, ...], memory: int) -> None:
        self.shape, self.memory = shape, memory

    def __getitem__(self, name: str) -> np.ndarray:
        """Returns random steps, with changes of the gradient that are 100 times the step."""
        if name == "scale":
            return np.array(0.01)
        if name == "products":
            return np.full(self.memory, 100.0 * np.prod(self.shape))
        kind, _, index = name.partition("_")
        step = np.random.default_rng(int(index)).standard_normal(self.shape, dtype=np.float32)
        return step if kind == "step" else 100 * step

    def pop(self, name: str) -> np.ndarray:
        """Returns an array, as an optimizer takes it out of its state."""
        return self[name]

    def __iter__(self) -> Iterator[str]:
        yield from ("products", "scale")
        for kind in ("step", "change"):
            yield from (f"{kind}_{index}" for index in range(self.memory))

    def __len__(self) -> int:
        return 2 + 2 * self.memory


class FullMemory(ProjectedLBFGS):
    """Starts with as many steps and changes of the gradient as it can store."""

    def build(self, image: np.ndarray, state: Mapping[str, np.ndarray]) -> None:
        """Starts with a memory of random steps."""
        super().build(image, RandomState(image.shape, self.memory))


def run(size: int, tile_size: str | int | None) -> None:
    """Makes one step at one size and prints the plan."""
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
        # Linux counts in KiB, macOS in bytes.
        "peak_gb": round(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9, 2),
        "plan": said.splitlines()[0],
    }


def draw(results: list[dict[str, Any]]) -> Figure:
    """Draws gigabytes over the size."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axis = figure.subplots()
    gigabytes = [result["peak_gb"] for result in results]
    axis.plot([result["size"] for result in results], gigabytes, marker="o")
    axis.set(xlabel="size in pixels (square)", ylabel="peak resident memory in GB", ylim=(0, None))
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
    parser.add_argument("--run", type=int, help="make the step at this size, in this process")
    arguments = parser.parse_args()
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
