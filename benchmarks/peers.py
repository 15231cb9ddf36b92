"""Compares this program with others: a table of time, memory, losses and scores, and a sheet.

    python benchmarks/peers.py neural-style-pt FOLDER nnst FOLDER --peer-python venv/bin/python

`FOLDER` is a checkout of the program. `--peer-python` is an interpreter with its requirements,
except for torchvision, which `peer_programs/standins` replaces. On each pair of images, the peer
runs with its defaults, and again with the number of steps that takes the same CPU time as ours.
Ours and the peer run in turn, with the same resized images and the same weights of VGG16. Runs with
results in `--output` are not repeated: after a change of this program, choose another folder.

Results are in `docs/beside-other-programs.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from peer_programs import sheet
from peer_programs.programs import PEERS, STANDINS, Peer, Task
from PIL import Image

# Nothing here imports Keras before the runs, because on Linux `ru_maxrss` of a child process
# includes the memory of its parent.
IMAGES = Path(__file__).parents[1] / "examples" / "images"
DEFAULT = "default"
PAIRS = ("astronaut.png:brush_strokes.jpg", "chelsea.png:stained_glass.jpg")
SCORES = ("content_fidelity", "structural_similarity", "global_effects", "local_patterns")
SCORES += ("gram_distance",)
WEIGHTS = """
import sys, numpy
from nst_framework import VGG16FeatureExtractor
from nst_framework.extractors.vgg16 import VGG16
from nst_framework.extractors.vgg_weights import load_weights
arrays = load_weights(VGG16, sys.argv[1])
numpy.savez(sys.argv[2], **{
    f"{layer}/{name}": array
    for layer, pair in arrays.items() for name, array in zip(("kernel", "bias"), pair)
})
"""
STATE = """
import sys, torch
from torchvision import models
torch.save(models.caffe_state(), sys.argv[1])
"""


@dataclass(frozen=True)
class Result:
    """The image of a run, and its cost."""

    picture: Path
    label: str
    wall: float
    processor: float
    peak_gb: float
    command: list[str]


def run(
    command: list[str], label: str, picture: Path, work: Path, environment: dict[str, str]
) -> Result:
    """Runs a command that writes `out.png`, unless its result exists."""
    record = picture.with_suffix(".json")
    if not record.exists():
        print(f"{picture.stem}: {' '.join(command)}", flush=True)
        begin = time.perf_counter()
        with picture.with_suffix(".log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=work, env=os.environ | environment, stdout=log, stderr=log
            )
            _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        made = work / "out.png"
        if process.returncode or not made.exists():
            raise SystemExit(f"Expected {label} to write an image. See {log.name}.")
        Image.open(made).convert("RGB").save(picture)
        numbers = {
            "label": label,
            "wall": round(wall, 1),
            "processor": round(usage.ru_utime + usage.ru_stime, 1),
            # Linux reports KiB, macOS bytes.
            "peak_gb": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9,
            "command": command,
        }
        record.write_text(json.dumps(numbers, indent=1) + "\n")
    return Result(picture, **json.loads(record.read_text()))


@contextmanager
def in_empty_folder(task: Task) -> Iterator[Task]:
    """The task with a temporary folder, which is removed with the program's files."""
    with tempfile.TemporaryDirectory() as work:
        yield replace(task, work=Path(work))


def run_ours(task: Task, name: str, options: str, picture: Path, weights: str) -> Result:
    """Runs this program as a user would, with `default` or a preset, and further options."""
    preset, *more = options.split()
    command = [sys.executable, "-m", "nst_framework", "transfer", str(task.content)]
    command += [str(task.style), "--size", str(task.size), "--weights", weights]
    command += ["--output", "out.png", "--quiet", "--no-sidecar", *more]
    if preset != DEFAULT:
        command += ["--preset", preset]
    with in_empty_folder(task) as here:
        return run(command, f"ours, {name}", picture, here.work, {})


def run_peer(task: Task, name: str, share: float, why: str, picture: Path) -> Result:
    """Runs a peer with a share of its default's steps."""
    steps = "its defaults" if share == 1 else f"{100 * share:.3g} % of its steps"
    with in_empty_folder(task) as here:
        command = PEERS[name].run(here, share)
        return run(command, f"{name}, {steps}{why}", picture, here.work, here.environment)


def loss(task: Task, peer: Peer, picture: Path) -> float | None:
    """The peer's objective for a saved image, computed by the peer's own code."""
    if peer.loss is None:
        return None
    with in_empty_folder(task) as here:
        done = subprocess.run(
            peer.loss(here, picture),
            cwd=here.work,
            env=os.environ | here.environment,
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"Total loss: (\S+)", done.stdout)
    if found is None:
        raise SystemExit(f"Expected the loss of {picture}. Received:\n{done.stdout}{done.stderr}")
    return float(found[1])


def compare(
    name: str, task: Task, options: argparse.Namespace, folder: Path
) -> list[tuple[Result, float | None]]:
    """All runs of one peer and ours on one pair, and the peer's loss for each."""
    peer, share = PEERS[name], options.shares[name]
    ours = {words: words for words in options.ours} if options.ours else peer.ours
    results = []
    for title, words in ours.items():
        picture = folder / f"ours-{re.sub(r'[^a-z0-9]+', '-', title.lower())}.png"
        results.append(run_ours(task, title, words, picture, options.weights))
        if len(results) == 1:
            picture = folder / f"{name}-{100 * share:.3g}-percent.png"
            results.append(run_peer(task, name, share, "", picture))
            equal = share * results[0].processor / results[1].processor
            picture = folder / f"{name}-equal-time.png"
            results.append(run_peer(task, name, equal, ", our time", picture))
    return [(result, loss(task, peer, result.picture)) for result in results]


def prepare(
    pair: Sequence[Path], size: int, folder: Path, checkout: Path, python: str, weights: Path
) -> Task:
    """Resizes the images of a pair and returns the task."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for source, name in zip(pair, ("content", "style"), strict=True):
        with Image.open(source) as image:
            scale = size / max(image.size)
            shape = tuple(round(side * scale) for side in image.size)
            resized = image.convert("RGB").resize(shape, Image.Resampling.LANCZOS)
        paths.append(folder / f"{name}.png")
        resized.save(paths[-1])
    with Image.open(paths[0]) as image:
        width, height = image.size
    return Task(checkout, python, *paths, width, height, weights, folder)


def convert_weights(given: str, python: str, folder: Path) -> Path:
    """VGG16's weights for the peers, as an .npz file and a PyTorch file beside it."""
    path = folder / "vgg16.npz"
    if not path.with_suffix(".pth").exists():
        subprocess.run([sys.executable, "-c", WEIGHTS, given, str(path)], check=True)
        state = str(path.with_suffix(".pth"))
        environment = os.environ | {"PYTHONPATH": str(STANDINS), "PEER_WEIGHTS": str(path)}
        subprocess.run([python, "-c", STATE, state], check=True, env=environment)
    return path


def find(name: str) -> Path:
    """The path of an image, or of an example image given by its name."""
    return (path if (path := Path(name)).exists() else IMAGES / name).resolve()


def read_share(words: str) -> tuple[str, float]:
    """Parses an argument such as `nnst=0.25` into name and number."""
    name, _, number = words.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise SystemExit(f"Expected NAME=SHARE, such as nnst=0.25. Received: {words!r}.") from None


def read_arguments() -> argparse.Namespace:
    """Parses and checks the arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("peers", nargs="+", metavar="NAME FOLDER", help=", ".join(PEERS))
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter for the peers")
    parser.add_argument("--content", help="with --style, instead of --pairs")
    parser.add_argument("--style")
    parser.add_argument("--pairs", nargs="+", default=PAIRS, metavar="CONTENT:STYLE")
    parser.add_argument("--size", type=int, default=256, help="longer side in pixels")
    parser.add_argument(
        "--shares", nargs="+", default=[], metavar="NAME=SHARE", help="of its default steps; 1"
    )
    parser.add_argument("--ours", nargs="+", help="presets, each with options, in quotation marks")
    parser.add_argument("--weights", default="bundled", help="of VGG16, as for nst transfer")
    parser.add_argument("--output", type=Path, default=Path("outputs/peers"))
    options = parser.parse_args()
    names, folders = options.peers[::2], options.peers[1::2]
    known = len(names) == len(folders) and set(names) <= set(PEERS)
    if not known or not all(Path(folder).is_dir() for folder in folders):
        parser.error(
            f"Expected one or several pairs of a name among {', '.join(PEERS)} and the folder of a "
            f"checkout. Received: {' '.join(options.peers)}."
        )
    options.folders = dict(zip(names, (Path(folder).resolve() for folder in folders), strict=True))
    options.shares = dict.fromkeys(names, 1.0) | dict(map(read_share, options.shares))
    if options.content and options.style:
        options.pairs = [f"{options.content}:{options.style}"]
    if options.weights != "bundled":
        options.weights = str(Path(options.weights).resolve())
    return options


def main() -> None:
    """Runs what is missing, measures everything, and writes the table and the sheet."""
    options = read_arguments()
    output = options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    python = str(Path(options.peer_python).absolute())
    weights = convert_weights(options.weights, python, output)
    runs = []
    for words in options.pairs:
        pair = [find(word) for word in words.split(":")]
        for name, checkout in options.folders.items():
            folder = output / f"{pair[0].stem}-{pair[1].stem}-{options.size}" / name
            task = prepare(pair, options.size, folder, checkout, python, weights)
            runs.append((name, task, compare(name, task, options, folder)))
    sheet.write(output, runs, SCORES)


if __name__ == "__main__":
    main()
