"""Makes the same picture in fresh processes, and compares the files byte for byte.

    python tools/same_bytes.py
    KERAS_BACKEND=jax python tools/same_bytes.py --sizes 64 --threads 2 1 4

For each size and precision, the same command runs twice, then while other processes keep every core
busy, and then with each other number of threads. The table has a row for each run, and says whether
its picture has the bytes of the first. The exit code is 1 if one that was made with as many threads
has not; other numbers of threads are only reported, since backends promise nothing there.

The numbers of threads are set where each backend reads them: TensorFlow and PyTorch in environment
variables, JAX from the cores on which the process may run (`taskset`, on Linux).
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
"""Steps by size: at 64 pixels they are quick, and at 512 a few show what threads do."""
OTHER_STEPS = 3
PRECISIONS = ("float32", "mixed_bfloat16")
BUSY = "while True: pass"


def picture(folder: Path, size: int, precision: str, threads: int) -> str:
    """The SHA-256 of the picture that `nst transfer` makes in a process of its own."""
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
    """Keeps as many cores busy until the block ends."""
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
        numbers_of_threads: The number of threads, and others to compare with it.

    Returns:
        Whether all pictures that were made with the first number of threads are the same.
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
    """Compares the pictures of every setting, and returns the exit code."""
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
