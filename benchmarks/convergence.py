"""Loss of the saved image over wall time, for the classical recipe and for this framework.

`python benchmarks/convergence.py` writes `outputs/benchmarks/convergence.json` and `.png`. It takes
about twenty minutes on two cores.

The loss is that of the saved image, with 8 bits per channel. It is always evaluated in float32, and
the time for this is not counted. The recipes:

- `classical`: float32 and SciPy's L-BFGS without bounds, restarted every 20 evaluations as in the
  Keras tutorial; values below 0 and above 255 are clipped when the image is saved.
- `scipy`: SciPy's L-BFGS-B with bounds.
- `lbfgs`: the projected L-BFGS of this framework.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from typing import Any

import keras
from matplotlib.figure import Figure
from report import IMAGES, add_output, save

from nst_framework import (
    ContentLoss,
    Evaluation,
    Objective,
    Optimizer,
    ProjectedLBFGS,
    Recipe,
    ScipyLBFGSB,
    StyleLoss,
    TotalVariationLoss,
    VGG16FeatureExtractor,
    read_image,
)
from nst_framework.images.pixels import to_batch, to_pixels

PAIRS = {
    "chelsea": ("chelsea.png", "brush_strokes.jpg"),
    "astronaut": ("astronaut.png", "stained_glass.jpg"),
    "coffee": ("coffee.png", "woodcut.jpg"),
}
RESTART = 20


class Recorder:
    """Records evaluations, time and, at given marks, the loss of the saved image."""

    def __init__(self, objective: Objective, reference: Objective, marks: list[int]) -> None:
        self.objective, self.reference, self.marks = objective, reference, list(marks)
        self.evaluations = 0
        self.paused = 0.0
        self.points: list[dict[str, float]] = []
        self.start = time.perf_counter()

    def evaluate(self, image: Any) -> Evaluation:
        """One evaluation of the recipe's own objective."""
        self.evaluations += 1
        return self.objective(image)

    def record(self, image: Any) -> None:
        """Records the loss of the saved image if a mark has been reached."""
        if self.evaluations >= self.marks[0]:
            begun = time.perf_counter()
            seconds = begun - self.start - self.paused
            pixels = to_pixels(keras.ops.convert_to_numpy(image))
            loss = self.reference(to_batch(pixels)).loss
            point = {"evaluations": self.evaluations, "seconds": seconds, "loss": loss}
            self.points.append(point)
            while self.marks and self.evaluations >= self.marks[0]:
                self.marks.pop(0)
            self.paused += time.perf_counter() - begun


def run(
    recipe: str, precision: str, pair: tuple[str, str], size: int, evaluations: int
) -> list[dict[str, float]]:
    """Runs one recipe on one pair."""
    content, style = (to_batch(read_image(IMAGES / name, size)) for name in pair)
    losses = [ContentLoss(), StyleLoss(), TotalVariationLoss()]
    weights = {loss.name: loss.default_weight for loss in losses}
    extractor = VGG16FeatureExtractor()
    objective = Objective(Recipe(extractor, losses, weights, precision), content, style)
    reference = Objective(Recipe(extractor, losses, weights), content, style)
    for each in (objective, reference):
        each(content)  # Compiles before the clock starts.
    marks = [*range(10, 100, 10), *range(100, evaluations, 20), evaluations]
    recorder = Recorder(objective, reference, marks)
    if recipe != "classical":
        optimizer = ScipyLBFGSB() if recipe == "scipy" else ProjectedLBFGS()
        optimizer.build(content, {})
        recorder.start = time.perf_counter()
        _run(optimizer, recorder, content, evaluations)
        return recorder.points
    image = content
    while recorder.marks:
        image = _run(ScipyLBFGSB(bounds=None), recorder, image, RESTART)
    return recorder.points


def _run(optimizer: Optimizer, recorder: Recorder, image: Any, evaluations: int) -> Any:
    """The image after a number of evaluations, or earlier if the last mark is reached."""
    until = recorder.evaluations + evaluations
    with contextlib.closing(optimizer.steps(recorder.evaluate, image)) as steps:
        for step in steps:
            image = step.image
            recorder.record(image)
            if not recorder.marks or recorder.evaluations >= until:
                break
    return image


def summarize(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compares the time each recipe takes to reach the best loss of the classical one."""
    rows = []
    for classical in (result for result in results if result["recipe"] == "classical"):
        end = classical["points"][-1]
        best = min(point["loss"] for point in classical["points"])
        for result in results:
            if result["pair"] != classical["pair"] or result is classical:
                continue
            reached = [point for point in result["points"] if point["loss"] <= best]
            row = {key: result[key] for key in ("pair", "recipe", "precision")}
            row |= {"classical_loss": best, "classical_seconds": end["seconds"]}
            if reached:
                row |= {
                    "evaluations": reached[0]["evaluations"],
                    "seconds": reached[0]["seconds"],
                    "ratio": end["seconds"] / reached[0]["seconds"],
                }
            rows.append(row)
    return rows


def draw(results: list[dict[str, Any]]) -> Figure:
    """Draws one panel per pair and one line per recipe."""
    pairs = list(dict.fromkeys(result["pair"] for result in results))
    figure = Figure(figsize=(5 * len(pairs), 4), layout="constrained")
    for axis, pair in zip(figure.subplots(1, len(pairs), squeeze=False)[0], pairs, strict=True):
        for result in (result for result in results if result["pair"] == pair):
            seconds = [point["seconds"] for point in result["points"]]
            loss = [point["loss"] for point in result["points"]]
            axis.plot(seconds, loss, label=f"{result['recipe']}, {result['precision']}")
        axis.set(title=pair, xlabel="seconds", ylabel="loss of the saved image")
        axis.set(xscale="log", yscale="log")
        axis.grid(alpha=0.3, which="both")
        axis.legend()
    return figure


def main() -> None:
    """Runs all recipes on all pairs and prints the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--size", type=int, default=384, help="longer side in pixels (default: %(default)s)"
    )
    parser.add_argument(
        "--pairs",
        nargs="+",
        choices=PAIRS,
        default=["chelsea", "astronaut"],
        help="default: %(default)s",
    )
    parser.add_argument(
        "--recipes",
        nargs="+",
        default=["classical/float32", "scipy/mixed_bfloat16", "lbfgs/mixed_bfloat16"],
        help="recipe/precision (default: %(default)s)",
    )
    parser.add_argument(
        "--classical-evaluations", type=int, default=500, help="default: %(default)s"
    )
    parser.add_argument(
        "--evaluations",
        type=int,
        default=200,
        help="evaluations of each other recipe (default: %(default)s)",
    )
    add_output(parser)
    arguments = parser.parse_args()
    results: list[dict[str, Any]] = []
    for pair in arguments.pairs:
        for text in arguments.recipes:
            recipe, _, precision = text.partition("/")
            evaluations = (
                arguments.classical_evaluations if recipe == "classical" else arguments.evaluations
            )
            points = run(recipe, precision, PAIRS[pair], arguments.size, evaluations)
            results.append(
                {"pair": pair, "recipe": recipe, "precision": precision, "points": points}
            )
            for point in points:
                if point["evaluations"] % 50 < 10 or point is points[-1]:
                    print(
                        f"{pair} {text}: {point['evaluations']:.0f} evaluations, "
                        f"{point['seconds']:.1f} s, loss {point['loss']:.5g}",
                        flush=True,
                    )
    summary = summarize(results)
    for row in summary:
        print(row, flush=True)
    report = {"size": arguments.size, "summary": summary, "runs": results}
    save(arguments.output, "convergence", report, draw(results))


if __name__ == "__main__":
    main()
