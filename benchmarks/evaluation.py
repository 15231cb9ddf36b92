"""Seconds per evaluation by size, precision and tiles, and the overhead of a step.

`python benchmarks/evaluation.py` writes `outputs/benchmarks/evaluation.json` and `.png`. Images are
square; a size is the length of the side in pixels. The share outside the evaluation is the time of
the optimizer and the trainer in a `fit` without callbacks. The rate counts the multiplications and
additions of the convolutions, forward and backward, for the pixels of the image without margins.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from report import IMAGES, add_output, save

from nst_framework import (
    ContentLoss,
    Evaluation,
    Optimizer,
    ProjectedLBFGS,
    ScipyLBFGSB,
    Step,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
    read_image,
)

FLOATING_POINT_OPERATIONS = 1.16e6
"""VGG16 up to block5_conv1, per pixel: 0.29 million multiply-adds forward and the same backward."""

CASES = (
    ("float32", None, "lbfgs"),
    ("mixed_bfloat16", None, "lbfgs"),
    ("mixed_bfloat16", None, "scipy"),
    ("mixed_bfloat16", 1024, "lbfgs"),
)


class Timed(Optimizer):
    """Wraps another optimizer and records the time of each evaluation."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.evaluations: list[float] = []
        self.seconds = 0.0

    def build(self, image: np.ndarray, state: Mapping[str, np.ndarray]) -> None:
        """Builds the wrapped optimizer."""
        self.optimizer.build(image, state)

    def steps(
        self, objective: Callable[[Any], Evaluation], image: np.ndarray
    ) -> Generator[Step, None, str | None]:
        """Runs the optimizer; the clocks start after the first step, which includes compilation."""

        def evaluate(image: Any) -> Evaluation:
            start = time.perf_counter()
            evaluation = objective(image)
            self.evaluations.append(time.perf_counter() - start)
            return evaluation

        steps = self.optimizer.steps(evaluate, image)
        yield next(steps)
        self.evaluations.clear()
        begun = time.perf_counter()
        try:
            return (yield from steps)
        finally:
            self.seconds = time.perf_counter() - begun


def measure(
    size: int, precision: str, tile_size: int | None, optimizer: str, steps: int
) -> dict[str, Any]:
    """Measures a short run at one size."""
    images = [
        read_image(IMAGES / name, shape=(size, size))
        for name in ("chelsea.png", "brush_strokes.jpg")
    ]
    timed = Timed(ScipyLBFGSB() if optimizer == "scipy" else ProjectedLBFGS())
    trainer = Trainer(VGG16FeatureExtractor())
    losses = [ContentLoss(), StyleLoss(), TotalVariationLoss()]
    trainer.compile(losses, optimizer=timed, precision=precision, tile_size=tile_size)
    trainer.fit(*images, size=None, epochs=1, steps_per_epoch=steps + 1, verbose=0)
    median = float(np.median(timed.evaluations))
    return {
        "size": size,
        "precision": precision,
        "tile_size": tile_size,
        "optimizer": optimizer,
        "seconds_per_evaluation": median,
        "seconds_per_megapixel": median / size**2 * 1e6,
        "gigaflops": FLOATING_POINT_OPERATIONS * size**2 / median / 1e9,
        "seconds_per_step": timed.seconds / steps,
        "share_outside": 1 - sum(timed.evaluations) / timed.seconds,
    }


def draw(results: list[dict[str, Any]]) -> Figure:
    """Plots seconds per megapixel against the size, one line per case."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axis = figure.subplots()
    for precision, tile_size, optimizer in CASES:
        rows = [
            row
            for row in results
            if (row["precision"], row["tile_size"], row["optimizer"])
            == (precision, tile_size, optimizer)
        ]
        if rows and optimizer == "lbfgs":
            label = precision + (f", tiles of {tile_size}" if tile_size else ", whole")
            seconds = [row["seconds_per_megapixel"] for row in rows]
            axis.plot([row["size"] for row in rows], seconds, marker="o", label=label)
    axis.set(xlabel="size in pixels (square)", ylabel="seconds per evaluation and megapixel")
    axis.set(ylim=(0, None))
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


def main() -> None:
    """Measures every case at the sizes for whole images or tiles."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[256, 512, 1024],
        help="whole images (default: %(default)s)",
    )
    parser.add_argument(
        "--tiled-sizes",
        type=int,
        nargs="+",
        default=[1024, 2048, 4096],
        help="images in tiles (default: %(default)s)",
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=20,
        help="at 512 pixels (default: %(default)s); fewer at larger sizes",
    )
    add_output(parser)
    arguments = parser.parse_args()
    results = []
    for precision, tile_size, optimizer in CASES:
        for size in arguments.sizes if tile_size is None else arguments.tiled_sizes:
            steps = max(2, min(arguments.steps, round(arguments.steps * (512 / size) ** 2)))
            results.append(measure(size, precision, tile_size, optimizer, steps))
            print(results[-1], flush=True)
    save(arguments.output, "evaluation", results, draw(results))


if __name__ == "__main__":
    main()
