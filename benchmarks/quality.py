"""Results of presets and of other programs: a table of metrics and a sheet of images.

    python benchmarks/quality.py --presets default "neighbors --steps-per-epoch 100" --size 512
    python benchmarks/quality.py --pairs photo.jpg:painting.jpg --results others/

Each preset, optionally with options of `nst transfer`, runs in a separate process on every pair of
images. Existing results are kept. The folder of `--results` contains a folder for each other
program, with images named like those in `--outputs`: `photo-painting.png`. `benchmarks/README.md`
lists the blind spot of each metric.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from keras import ops
from report import IMAGES, save

from nst_framework import (
    RandomFeatureExtractor,
    SelfSimilarityLoss,
    SlicedWassersteinLoss,
    VGG16FeatureExtractor,
    read_image,
)
from nst_framework.cli.batch.results import contact_sheet
from nst_framework.metrics import score

DEFAULT = "default"
PAIRS = (
    "chelsea.png:brush_strokes.jpg",
    "astronaut.png:stained_glass.jpg",
    "coffee.png:woodcut.jpg",
    "summer_palace.jpg:brush_strokes.jpg",
    "astronaut.png:brush_strokes.jpg",
    "chelsea.png:stained_glass.jpg",
    "coffee.png:brush_strokes.jpg",
    "summer_palace.jpg:woodcut.jpg",
)
COLUMNS = (
    "content_fidelity",
    "structural_similarity",
    "self_similarity_distance",
    "global_effects",
    "local_patterns",
    "gram_distance",
    "sliced_wasserstein",
    "seconds",
)


def find(name: str) -> Path:
    """The path of an image, or of an example image given by its name."""
    return path if (path := Path(name)).exists() else IMAGES / name


def make_picture(pair: tuple[Path, Path], preset: str, size: int, path: Path) -> float:
    """Makes an image as a user would, unless it exists, and returns its seconds."""
    seconds = path.with_suffix(".seconds")
    if not seconds.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        name, *options = preset.split()
        command = [sys.executable, "-m", "nst_framework", "transfer", *map(str, pair)]
        command += ["--size", str(size), "--output", str(path), "--quiet", *options]
        if name != DEFAULT:
            command += ["--preset", name]
        begin = time.perf_counter()
        subprocess.run(command, check=True)
        seconds.write_text(f"{time.perf_counter() - begin:.1f}")
    return float(seconds.read_text())


def measure(path: Path, pair: tuple[Path, Path]) -> dict[str, float]:
    """The metrics of an image."""
    picture = read_image(path)
    content = read_image(pair[0], shape=picture.shape[:2])
    style = read_image(pair[1], max(picture.shape[:2]))
    numbers = score(picture, content, style)
    numbers["self_similarity_distance"] = _distance(
        SelfSimilarityLoss(), VGG16FeatureExtractor(), picture, content
    )
    # Random filters, which no preset optimizes.
    network = RandomFeatureExtractor()
    numbers["sliced_wasserstein"] = _distance(
        SlicedWassersteinLoss(network.layer_names), network, picture, style
    )
    return numbers


def _distance(loss, network, picture: np.ndarray, target: np.ndarray) -> float:  # type: ignore[no-untyped-def]
    statistics = [
        loss.represent_layers(network(ops.convert_to_tensor(image[None], "float32"), loss.layers))
        for image in (picture, target)
    ]
    return float(loss.compare_layers(*statistics))


def table(results: dict[str, dict[str, dict[str, float]]]) -> str:
    """The mean of every metric over the pairs, one row per preset or program."""
    lines = [f"| | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    for name, pictures in results.items():
        cells = []
        for column in COLUMNS:
            found = [numbers[column] for numbers in pictures.values() if column in numbers]
            cells.append(f"{np.mean(found):.3g}" if found else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Makes missing images, measures everything, and writes table, metrics and sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--presets", nargs="*", default=[DEFAULT, "neighbors", "strokes"])
    parser.add_argument("--pairs", nargs="+", default=PAIRS, metavar="CONTENT:STYLE")
    parser.add_argument("--size", type=int, default=512, help="longer side in pixels")
    parser.add_argument("--results", type=Path, help="folder of other programs' images")
    parser.add_argument("--outputs", type=Path, default=Path("outputs/quality"))
    options = parser.parse_args()
    methods: list[str | Path] = [*options.presets]
    if options.results is not None:
        methods += sorted(filter(Path.is_dir, options.results.iterdir()))
    results: dict[str, dict[str, dict[str, float]]] = {}
    rows = []
    for words in options.pairs:
        content, style = map(find, words.split(":"))
        name = f"{content.stem}-{style.stem}"
        rows.append(
            {"content": read_image(content, options.size), "style": read_image(style, options.size)}
        )
        for method in methods:
            folder = options.outputs / method if isinstance(method, str) else method
            path, seconds = folder / f"{name}.png", {}
            if isinstance(method, str):
                seconds["seconds"] = make_picture((content, style), method, options.size, path)
            if path.exists():
                numbers = measure(path, (content, style)) | seconds
                results.setdefault(folder.name, {})[name] = numbers
                rows[-1][folder.name] = read_image(path)
                print(name, folder.name, json.dumps(numbers), flush=True)
    print(table(results))
    columns = list(dict.fromkeys(column for row in rows for column in row))
    save(options.outputs, "quality", results, contact_sheet(rows, columns))


if __name__ == "__main__":
    main()
