"""Makes the same image in separate processes and compares the files byte for byte.

    python tools/same_bytes.py
    KERAS_BACKEND=jax python tools/same_bytes.py --sizes 64 --threads 2 1 4

For each size and precision, the same command runs twice, then while other processes keep every core
busy, and then with other numbers of threads. The table has a row for each run and shows whether its
image has the same bytes as the first. The exit code is 1 if a run with the same number of threads
differs. Differences with other numbers of threads are only reported, because the backends do not
guarantee equality.

TensorFlow and PyTorch read the number of threads from environment variables. JAX uses the cores on
which the process may run (`taskset` on Linux).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import keras

IMAGES = Path(__file__).resolve().parent.parent / "examples" / "images"
PAIR = (str(IMAGES / "chelsea.png"), str(IMAGES / "brush_strokes.jpg"))
STEPS = {64: 20, 512: 3}
"""Steps by size: many fast steps at 64 pixels, and a few at 512, where threads matter."""
OTHER_STEPS = 3
PRECISIONS = ("float32", "mixed_bfloat16")
BUSY = "while True: pass"


def picture(folder: Path, size: int, precision: str, threads: int) -> str:
    """The SHA-256 of the image that `nst transfer` makes in a separate process."""
    output = folder / "result.png"
    output.unlink(missing_ok=True)
    options = f"--size {size} --precision {precision} --tile-size none --scales 1 --epochs 1"
    options += f" --steps-per-epoch {STEPS.get(size, OTHER_STEPS)} --seed 0 --quiet"
    command = [sys.executable, "-m", "nst_framework", "transfer", *PAIR, *options.split()]
    variables = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    if keras.backend.backend() == "jax":
        cores = sorted(os.sched_getaffinity(0))[:threads]
        command = ["taskset", "--cpu-list", ",".join(map(str, cores)), *command]
    subprocess.run(
        [*command, "--output", str(output)],
        env={**os.environ, **dict.fromkeys(variables, str(threads))},
        check=True,
    )
    return hashlib.sha256(output.read_bytes()).hexdigest()


@contextlib.contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """Keeps a number of cores busy until the block ends."""
    processes = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def compare(size: int, precision: str, numbers_of_threads: list[int]) -> bool:
    """Prints the rows of a size and precision.

    Args:
        size: The longer side in pixels.
        precision: The precision of the network.
        numbers_of_threads: The number of threads, followed by others for comparison.

    Returns:
        Whether all images made with the first number of threads are identical.
    """
    usual, *others = numbers_of_threads
    cores = len(os.sched_getaffinity(0))
    made: list[tuple[int, str]] = []
    with tempfile.TemporaryDirectory() as name:
        for threads, busy in ((usual, 0), (usual, 0), (usual, cores), *((n, 0) for n in others)):
            started = time.monotonic()
            with busy_cores(busy):
                made.append((threads, picture(Path(name), size, precision, threads)))
            same = "yes" if made[-1][1] == made[0][1] else "**no**"
            seconds = round(time.monotonic() - started)
            row = (size, precision, threads, "busy" if busy else "", same, made[-1][1][:8], seconds)
            print(f"| {' | '.join(map(str, row))} |", flush=True)
    return len({digest for threads, digest in made if threads == usual}) == 1


def main() -> int:
    """Compares the images of every setting and returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(STEPS), metavar="PIXELS")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS)
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 1], metavar="N")
    options = parser.parse_args()
    print(f"{keras.backend.backend()}, Keras {keras.__version__}\n")
    print("| size | precision | threads | cores | same bytes | SHA-256 | seconds |")
    print("|---|---|---|---|---|---|---|", flush=True)
    same = [
        compare(size, precision, options.threads)
        for size in options.sizes
        for precision in options.precisions
    ]
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
