"""Images per hour and seconds per tiled evaluation with one process, two, and a Dask cluster.

`python benchmarks/cluster.py` writes `outputs/benchmarks/cluster.json` and `.png`. Images are timed
as whole commands, and tiles within a process after a first evaluation. Shares are fractions of the
workers' time; the rest is spent on transfers and waiting.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import distributed
import numpy as np
from matplotlib.figure import Figure
from report import IMAGES, save

from nst_framework import (
    ContentLoss,
    Recipe,
    StyleLoss,
    TiledObjective,
    TotalVariationLoss,
    VGG16FeatureExtractor,
    read_image,
)
from nst_framework.objective.tiled.executors import check_executor

CONTENTS = ("chelsea.png", "astronaut.png", "coffee.png")
STYLES = ("brush_strokes.jpg", "stained_glass.jpg")
WAYS = {
    "one at a time": ["batch"],
    "--jobs 2": ["batch", "--jobs", "2"],
    "--scheduler local:1": ["batch", "--scheduler", "local:1"],
    "--scheduler local:2": ["batch", "--scheduler", "local:2"],
}


def images_per_hour(size: int, steps: int) -> dict[str, float]:
    """Times every way of stylizing each content in each style."""
    options = ["--size", str(size), "--epochs", "1", "--steps-per-epoch", str(steps), "--quiet"]
    found = {"nst transfer": _rate(_transfers(options))}
    for name, words in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "jobs.csv"
            rows = [f"{IMAGES / content},{IMAGES / style}" for content, style in _pairs()]
            table.write_text("\n".join(["content,style", *rows]))
            command = [*words, str(table), "--outputs", str(Path(folder) / "out"), *options]
            found[name] = _rate([command])
        print(name, f"{found[name]:.0f} images per hour", flush=True)
    return found


def _pairs() -> list[tuple[str, str]]:
    return [(content, style) for content in CONTENTS for style in STYLES]


def _transfers(options: list[str]) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        for content, style in _pairs():
            inputs = [str(IMAGES / content), str(IMAGES / style)]
            output = str(Path(folder) / f"{content}-{style}.png")
            yield ["transfer", *inputs, "--output", output, *options]


def _rate(commands: Any) -> float:
    begin = time.perf_counter()
    for words in commands:
        subprocess.run([sys.executable, "-m", "nst_framework", *words], check=True)
    return 3600 * len(_pairs()) / (time.perf_counter() - begin)


def tiles(size: int, tile_size: int, evaluations: int) -> dict[str, dict[str, float]]:
    """Times a tiled evaluation in this process and on clusters of one and two workers."""
    content = read_image(IMAGES / "astronaut.png", shape=(size, size))[None].astype(np.float32)
    style = read_image(IMAGES / "brush_strokes.jpg", 256)[None].astype(np.float32)
    losses = [ContentLoss(), StyleLoss(), TotalVariationLoss()]
    found: dict[str, dict[str, float]] = {}
    gradients = []
    for workers in (0, 1, 2):
        recipe = Recipe(
            VGG16FeatureExtractor(), losses, {loss.name: loss.default_weight for loss in losses}
        )
        with _cluster(workers) as client:
            executor = check_executor(client)
            objective = TiledObjective(recipe, content, style, tile_size, executor)
            gradients.append(objective(content / 2).gradient)
            with contextlib.nullcontext() if client is None else _stream(client) as stream:
                begin = time.time()
                for _ in range(evaluations):
                    objective(content / 2)
                seconds = time.time() - begin
            name = f"{workers} workers" if workers else "here"
            found[name] = {"seconds": seconds / evaluations}
            if client is not None:
                found[name] |= _shares(stream.data, begin, seconds * workers)
        print(name, found[name], flush=True)
    for gradient in gradients:
        np.testing.assert_array_equal(gradient, gradients[0])
    return found


@contextlib.contextmanager
def _cluster(workers: int) -> Iterator[Any]:
    if not workers:
        yield None
        return
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def _stream(client: Any) -> Any:
    return distributed.get_task_stream(client)


def _shares(stream: Any, begin: float, seconds: float) -> dict[str, float]:
    """The shares of the workers' time by action, without tasks from before `begin`."""
    spent: dict[str, float] = {}
    for task in stream:
        for part in task["startstops"]:
            if part["start"] >= begin:
                spent[part["action"]] = spent.get(part["action"], 0) + part["stop"] - part["start"]
    return {f"{action} share": time_spent / seconds for action, time_spent in spent.items()}


def main() -> None:
    """Measures, prints and saves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=256, help="longer side of the images")
    parser.add_argument("--steps", type=int, default=40, help="steps per image")
    parser.add_argument("--tiled-size", type=int, default=1024, help="side of the tiled image")
    parser.add_argument("--tile-size", type=int, default=256)
    parser.add_argument("--evaluations", type=int, default=3)
    parser.add_argument("--outputs", type=Path, default=Path("outputs/benchmarks"))
    options = parser.parse_args()
    in_tiles = tiles(options.tiled_size, options.tile_size, options.evaluations)
    pictures = images_per_hour(options.size, options.steps)
    figure = Figure(figsize=(9, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.barh(list(pictures), list(pictures.values()))
    left.set(title=f"{options.size}-pixel images per hour")
    right.barh(list(in_tiles), [each["seconds"] for each in in_tiles.values()])
    right.set(title=f"seconds per tiled evaluation of {options.tiled_size} pixels")
    for axes in (left, right):
        axes.invert_yaxis()
    save(options.outputs, "cluster", {"pictures": pictures, "tiles": in_tiles}, figure)


if __name__ == "__main__":
    main()
