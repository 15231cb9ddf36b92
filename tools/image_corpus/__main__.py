"""Reads images in many formats, valid and damaged, as `nst transfer` does.

    python tools/image_corpus

Each file must give the expected image, or an error that says what to do, within the limits of time
and memory below. The script prints one line for each kind of file and exits with 1 if a file fails.
`--keep FOLDER` writes the files that fail to a folder.
"""

from __future__ import annotations

import argparse
import faulthandler
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image

from image_corpus import damage
from image_corpus.forms import every_picture
from image_corpus.pictures import Picture
from nst_framework.images.image_file import BYTES_PER_PIXEL, FORMATS, MAX_PIXELS
from nst_framework.images.reading import read_alpha, read_image, read_mask

SECONDS = 10.0
"""Time limit of a small file."""

SECONDS_PER_MEGAPIXEL = 0.5
"""Additional time limit of large files, on a busy machine."""

FIXED_MEMORY = 120_000_000
"""Bytes of memory allowed in addition to `BYTES_PER_PIXEL`."""


@dataclass
class Kind:
    """The results of reading files of one kind.

    Attributes:
        name: The name of the kind.
        is_right: Whether files that can be read must give the expected image.
    """

    name: str
    is_right: bool = False
    right: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    memory: int = 0

    def line(self) -> str:
        """One line of the report."""
        counts = f"{self.right:6} read {self.refused:6} refused {len(self.failures):6} failed"
        return f"{self.name:34} {counts} {self.slowest:6.2f} s {self.memory / 1e6:8.0f} MB"

    def read(self, picture: Picture, folder: Path) -> None:
        """Reads a file as an image, as alpha and as a mask."""
        path = folder / picture.name
        path.write_bytes(picture.data)
        pixels = claimed_pixels(path)
        seconds = SECONDS + SECONDS_PER_MEGAPIXEL * pixels / 1e6
        # A decoder that hangs can be stopped only by ending the process.
        faulthandler.dump_traceback_later(3 * seconds, exit=True)
        peak_memory()
        before, start = peak_memory(), time.perf_counter()
        try:
            image = read_image(path)
            read_alpha(path, image.shape[:2])
            read_mask(path, (16, 16))
        except (ValueError, MemoryError) as error:
            self.refused += 1
            if "Expected" not in str(error):
                self.failures.append(f"{path.name}: {error}")
        except Exception as error:
            self.failures.append(f"{path.name}: {type(error).__name__}: {error}")
        else:
            self.right += 1
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
                self.failures.append(f"{path.name}: {image.dtype}, {image.shape}")
            elif self.is_right and not picture.is_shown_by(image):
                self.failures.append(f"{path.name}: wrong image")
        took, memory = time.perf_counter() - start, peak_memory() - before
        faulthandler.cancel_dump_traceback_later()
        path.unlink()
        self.slowest, self.memory = max(self.slowest, took), max(self.memory, memory)
        if took > seconds:
            self.failures.append(f"{path.name}: {took:.1f} s")
        if memory > BYTES_PER_PIXEL * pixels + FIXED_MEMORY:
            self.failures.append(f"{path.name}: {memory / 1e6:.0f} MB")


def peak_memory() -> int:
    """The peak memory since the last call, in bytes; 0 if the system does not report it."""
    try:
        status = Path("/proc/self/status").read_text()
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def claimed_pixels(path: Path) -> int:
    """The number of pixels that a file's header declares; 0 if it would be refused."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            pixels = image.width * image.height
    except Exception:
        return 0
    return pixels if pixels <= MAX_PIXELS else 0


def kinds(mutations: int, seed: int) -> Iterator[tuple[Kind, Iterable[Picture]]]:
    """Every kind of file with its files."""
    pictures = {picture.name: picture for picture in every_picture()}
    yield Kind("whole", is_right=True), pictures.values()
    yield Kind("long", is_right=True), damage.long_pictures()
    cuts = (cut for name in damage.MUTATED for cut in damage.truncated(pictures[name]))
    yield Kind("truncated", is_right=True), cuts
    for name in damage.MUTATED:
        yield Kind(f"mutated {name}"), damage.mutations(pictures[name], mutations, seed)
    yield Kind("bombs"), damage.bombs()
    yield Kind("strange"), damage.strange()
    for side in (4000, damage.LARGEST_SIDE):
        for large in damage.hungry(side) if side == 4000 else [next(damage.hungry(side))]:
            yield Kind(large.name), [large]


def main() -> int:
    """Reads all files."""
    parser = argparse.ArgumentParser(description="Reads images in many formats, some damaged.")
    parser.add_argument("--mutations", type=int, default=1000, help="mutations of each file")
    parser.add_argument("--seed", type=int, default=0, help="seed of the mutations")
    parser.add_argument("--keep", type=Path, help="folder for the files that fail")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    count, failures = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for kind, pictures in kinds(options.mutations, options.seed):
            for picture in pictures:
                known = len(kind.failures)
                kind.read(picture, Path(folder))
                count += 1
                if options.keep is not None and len(kind.failures) > known:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / picture.name).write_bytes(picture.data)
            if kind.name in ("whole", "long") and kind.refused:
                kind.failures.append(f"{kind.refused} valid files were refused")
            print(kind.line(), flush=True)
            failures += [f"{kind.name}: {failure}" for failure in kind.failures]
    print(*failures, f"{count} files, {len(failures)} failures", sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
