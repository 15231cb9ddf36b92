"""Learned paintings compared with the optimizer: loss, time, memory and the cost of training.

`python benchmarks/learned.py loss --photographs FOLDER` compares the loss of each painting of the
package with the optimizer's loss curve from the photograph, by the objective with which the network
was trained. By the objective of the preset `gatys`, it compares the optimizer's curves from the
photograph and from the learned result. It writes `outputs/benchmarks/learned-loss.json` and `.png`.

`python benchmarks/learned.py time` measures a 512-pixel image, with a cold start and in a running
process, and optionally a default run. `large` measures a 4096 x 3072 image, its peak memory, and
the difference between bands and the whole. `train` measures a training step and the shares of
network, objective and photographs (also with `KERAS_BACKEND=jax` or `torch`).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from report import IMAGES, describe_machine, save

from nst_framework import (
    ContentLoss,
    Evaluation,
    Loss,
    Objective,
    Photographs,
    ProjectedLBFGS,
    Recipe,
    StyleLoss,
    StyleNetwork,
    StyleObjective,
    TotalVariationLoss,
    VGG16FeatureExtractor,
    read_image,
)
from nst_framework.arguments import resolve_precision
from nst_framework.images.folder import find_images
from nst_framework.images.pixels import to_batch, to_pixels
from nst_framework.paintings import painting_names

GATYS = (ContentLoss(), StyleLoss(), TotalVariationLoss())
TRAINED = (ContentLoss(layers=["block3_conv3"]), StyleLoss(), TotalVariationLoss())
TRAINED_WEIGHTS = {"content_loss": 1000.0}
"""As in tools/learn_paintings.py."""


def curve(objective: Objective, image: np.ndarray, evaluations: int) -> list[float]:
    """The lowest loss so far of the 8-bit image, after each evaluation of a run."""
    count = 0

    def evaluate(each: Any) -> Evaluation:
        nonlocal count
        count += 1
        return objective(each)

    lowest = [objective(to_batch(to_pixels(image))).loss]
    optimizer = ProjectedLBFGS()
    optimizer.build(image, {})
    with contextlib.closing(optimizer.steps(evaluate, image)) as steps:
        for step in steps:
            saved = objective(to_batch(to_pixels(keras.ops.convert_to_numpy(step.image)))).loss
            lowest += [lowest[-1]] * (count - len(lowest)) + [min(lowest[-1], saved)]
            if count >= evaluations:
                break
    return lowest


def compare(
    network: StyleNetwork, name: str, photograph: Path, size: int, evaluations: int
) -> dict[str, Any]:
    """Compares the learned result with runs of the optimizer, for one photograph and painting."""
    extractor = VGG16FeatureExtractor()
    content = to_batch(read_image(photograph, size))
    style_size = network.learned.objective.get("style_size", size)
    style = to_batch(read_image(IMAGES / f"{name}.jpg", style_size))

    def objective(losses: Sequence[Loss], given: Mapping[str, float]) -> Objective:
        weights = {loss.name: loss.default_weight for loss in losses} | given
        recipe = Recipe(extractor, losses, weights, resolve_precision("auto"))
        return Objective(recipe, content, style)

    trained, gatys = objective(TRAINED, TRAINED_WEIGHTS), objective(GATYS, {})
    learned = to_batch(network.paint(photograph, size))
    trained_curve = curve(trained, content, evaluations)
    from_content, from_learned = (curve(gatys, image, evaluations) for image in (content, learned))
    loss, close = trained(learned).loss, 1.01 * from_content[-1]
    return {
        "painting": name,
        "photograph": photograph.name,
        "learned_loss": loss,
        "loss_after_50": trained_curve[: 50 + 1][-1],
        "evaluations_to_learned_loss": _first_below(trained_curve, loss),
        "gatys_evaluations_from_content": _first_below(from_content, close),
        "gatys_evaluations_from_learned": _first_below(from_learned, close),
        "trained_curve": trained_curve,
        "from_content": from_content,
        "from_learned": from_learned,
    }


def measure_loss(arguments: argparse.Namespace) -> None:
    """Compares each painting on each photograph, prints a line for each, and plots the curves."""
    rows = []
    photographs = find_images(arguments.photographs)[0]
    for name in painting_names():
        network = StyleNetwork.load(name)
        for photograph in photographs:
            row = compare(network, name, photograph, arguments.size, arguments.evaluations)
            rows.append(row)
            print(
                {key: each for key, each in row.items() if not isinstance(each, list)}, flush=True
            )
    save(arguments.folder, "learned-loss", rows, draw(rows))


def draw(rows: list[dict[str, Any]]) -> Figure:
    """Plots losses against evaluations, relative to the photograph's, one column per painting."""
    names = list(dict.fromkeys(row["painting"] for row in rows))
    figure = Figure(figsize=(4 * len(names), 6), layout="constrained")
    axes = np.reshape(figure.subplots(2, len(names)), (2, len(names)))
    for column, name in enumerate(names):
        above, below = axes[:, column]
        for row in (row for row in rows if row["painting"] == name):
            first = row["trained_curve"][0]
            above.plot(np.array(row["trained_curve"]) / first, color="tab:blue")
            above.axhline(row["learned_loss"] / first, color="tab:green", linestyle=":")
            first = row["from_content"][0]
            below.plot(np.array(row["from_content"]) / first, color="tab:blue")
            below.plot(np.array(row["from_learned"]) / first, color="tab:orange")
        above.set(title=name, yscale="log")
        below.set(xlabel="evaluations", yscale="log")
        for axis in (above, below):
            axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel("the network's own objective")
    axes[1, 0].set_ylabel("the objective of gatys")
    for color, style, label in (
        ("tab:blue", "-", "from the photograph"),
        ("tab:green", ":", "the learned result"),
        ("tab:orange", "-", "from the learned result"),
    ):
        axes[0, -1].plot([], color=color, linestyle=style, label=label)
    axes[0, -1].legend()
    return figure


def measure_time(arguments: argparse.Namespace) -> None:
    """Prints the seconds of a whole command and of an image in a running process."""
    photograph, name = str(IMAGES / "coffee.png"), painting_names()[0]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nst_framework", "transfer", photograph]
        output = ["--output", str(Path(folder, "result.png")), "--size", str(arguments.size)]
        cold = _seconds(lambda: subprocess.run([*command, name, *output, "--quiet"], check=True))
        print(f"cold command: {cold:.1f} s")
        network = StyleNetwork.load(name)
        network.paint(photograph, arguments.size)
        warm = min(_seconds(lambda: network.paint(photograph, arguments.size)) for _ in range(5))
        print(f"image in a running process: {warm:.3f} s")
        if arguments.with_default:
            style = str(IMAGES / f"{name}.jpg")
            run = _seconds(lambda: subprocess.run([*command, style, *output], check=True))
            print(f"default run: {run:.0f} s, {run / warm:.0f} times as long")


def measure_large(arguments: argparse.Namespace) -> None:
    """Prints time and peak memory of a large image, and the difference of bands from the whole."""
    network = StyleNetwork.load(painting_names()[0])
    photograph = read_image(IMAGES / "summer_palace.jpg", shape=(768, 1024))
    whole, bands = (
        network.paint(photograph, size=None, in_bands=each).astype(int) for each in (False, True)
    )
    before = _peak_gb()
    large = read_image(IMAGES / "summer_palace.jpg", shape=(3072, 4096))
    seconds = _seconds(lambda: network.paint(large, size=None, in_bands=True))
    print(f"4096 x 3072: {seconds:.1f} s, peak {_peak_gb():.2f} GB ({before:.2f} GB before)")
    print(f"bands and whole differ by at most {np.abs(whole - bands).max()} of 255")


def measure_training(arguments: argparse.Namespace) -> None:
    """Prints images per second, memory and the shares of a training step."""
    size, batch_size = arguments.crop, 4
    network = StyleNetwork(width=arguments.width)
    objective = StyleObjective(
        VGG16FeatureExtractor(),
        TRAINED,
        IMAGES / "brush_strokes.jpg",
        TRAINED_WEIGHTS,
        precision=resolve_precision("auto"),
    )
    data = Photographs(arguments.photographs, size, batch_size, steps_per_epoch=10)
    network.compile("adam", loss=objective)
    network.fit(data, epochs=1, verbose=0)
    step = _seconds(lambda: network.fit(data, epochs=1, verbose=0)) / 10
    # Repeats the measurement with a trivial loss; the difference is the cost of the objective.
    plain = StyleNetwork(width=arguments.width)
    plain.compile("adam", loss="mean_squared_error")
    plain.fit(data, epochs=1, verbose=0)
    without = _seconds(lambda: plain.fit(data, epochs=1, verbose=0)) / 10
    decoding = _seconds(lambda: [data[number] for number in range(10)]) / 10
    print(
        f"{keras.backend.backend()}, width {arguments.width}, {size} pixels: "
        f"{batch_size / step:.1f} images per second; the objective takes {1 - without / step:.0%} "
        f"of a step, decoding {decoding / step:.1%}; peak {_peak_gb():.1f} GB"
    )


def _first_below(losses: list[float], value: float) -> int | None:
    return next((number for number, loss in enumerate(losses) if loss <= value), None)


def _seconds(function: Callable[[], object]) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def _peak_gb() -> float:
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def main() -> None:
    """Runs the selected measurement."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    measures = {
        "loss": measure_loss,
        "time": measure_time,
        "large": measure_large,
        "train": measure_training,
    }
    parser.add_argument("measure", choices=measures)
    parser.add_argument("--photographs", default=os.fspath(IMAGES), help="folder of photographs")
    parser.add_argument("--size", type=int, default=512, help="of images (default: %(default)s)")
    parser.add_argument("--evaluations", type=int, default=425, help="default: %(default)s")
    parser.add_argument("--crop", type=int, default=256, help="default: %(default)s")
    parser.add_argument("--width", type=int, default=32, help="default: %(default)s")
    parser.add_argument("--with-default", action="store_true", help="time a default run, too")
    parser.add_argument("--folder", type=Path, default=Path("outputs/benchmarks"))
    arguments = parser.parse_args()
    print(describe_machine())
    measures[arguments.measure](arguments)


if __name__ == "__main__":
    main()
