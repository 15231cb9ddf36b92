"""CPU time per step of the preset `neighbors`, in each of its stages.

`python benchmarks/neighbors.py` makes a few steps in each stage at 256 x 192 pixels and writes
`outputs/benchmarks/neighbors.json` and `.png`. The time of a stage is that of its second fastest
step, which excludes tracing and other load on the machine. It is compared with that of the network
alone: forward to the deepest layer and back to the image, for a sum of all features.

For the processors of most users: `ONEDNN_MAX_CPU_ISA=AVX2 python benchmarks/neighbors.py`. To
measure another version of the package, set `PYTHONPATH` to its folder.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import keras
import numpy as np
from keras import ops
from matplotlib.figure import Figure
from report import IMAGES, add_output, save

from nst_framework import Trainer, read_image
from nst_framework.backend import value_and_gradient

SHAPE = (192, 256)


class StepTimes(keras.callbacks.Callback):
    """Records the CPU time of each step by stage number."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[int, list[float]] = {}

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Begins a stage."""
        self.seconds[epoch] = []
        self._epoch, self._last = epoch, time.process_time()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Records the CPU time of a step."""
        now = time.process_time()
        self.seconds[self._epoch].append(now - self._last)
        self._last = now


def shortest(seconds: list[float]) -> float:
    """The second shortest time."""
    return sorted(seconds)[1]


def measure_network(trainer: Trainer, height: int, width: int, repeats: int) -> float:
    """CPU time of the network alone, forward and backward, in the trainer's precision."""
    layers = list(dict.fromkeys(layer for loss in trainer.losses for layer in loss.layers))
    layers.remove("image")
    dtype = {"float32": None, "mixed_bfloat16": "bfloat16"}[trainer.precision]

    def total(image: Any) -> tuple[Any, Any]:
        features = trainer.extractor(image, layers, dtype)
        return sum(ops.sum(ops.cast(each, "float32")) for each in features.values()), ()

    evaluate = value_and_gradient(total)
    image = np.random.default_rng(0).uniform(0, 255, (1, height, width, 3)).astype(np.float32)
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        evaluate(image)
        seconds.append(time.process_time() - start)
    return shortest(seconds)


def measure(precision: str, steps: int) -> list[dict[str, Any]]:
    """Measures each stage of the preset."""
    trainer = Trainer.from_preset("neighbors")
    assert trainer.method is not None
    trainer.compile(
        trainer.losses,
        trainer.loss_weights,
        optimizer="pyramid",
        precision=precision,
        schedule=trainer.method.schedule,
        tile_size=None,
    )
    times = StepTimes()
    content = read_image(IMAGES / "chelsea.png", shape=SHAPE)
    trainer.fit(
        content,
        IMAGES / "brush_strokes.jpg",
        size=max(SHAPE),
        steps_per_epoch=steps,
        callbacks=[times],
        verbose=0,
    )
    results = []
    for number, seconds in times.seconds.items():
        stage = trainer.run.stages[number]
        height, width = stage.images.content.shape[:2]
        results.append(
            {
                "stage": number,
                "size": max(height, width),
                "precision": precision,
                "seconds": round(shortest(seconds), 3),
                "network": round(measure_network(trainer, height, width, steps), 3),
            }
        )
        print(results[-1], flush=True)
    return results


def draw(results: list[dict[str, Any]]) -> Figure:
    """Draws a bar for each stage, with the network alone in front of it."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axis = figure.subplots()
    names = [f"{each['stage'] + 1}: {each['size']} px" for each in results]
    axis.bar(names, [each["seconds"] for each in results], label="step")
    axis.bar(names, [each["network"] for each in results], width=0.4, label="network alone")
    axis.set(ylabel="CPU seconds")
    axis.legend()
    return figure


def main() -> None:
    """Measures the stages in one precision."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--precision", default="float32", help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=12, help="per stage (default: %(default)s)")
    add_output(parser)
    arguments = parser.parse_args()
    results = measure(arguments.precision, arguments.steps)
    save(arguments.output, "neighbors", results, draw(results))


if __name__ == "__main__":
    main()
