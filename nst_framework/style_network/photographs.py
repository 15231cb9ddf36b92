"""The photographs from which a network learns: random crops of the images of a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np

from ..checks import check_integer, check_number
from ..images.folder import find_images
from ..images.reading import image_layout, read_image

THREADS = 8
"""How many photographs are decoded at once."""

LARGEST_SCALE = 2.0
"""A crop shows a half of the photograph's shorter side at least, or all of it."""


class Photographs(keras.utils.PyDataset):
    """Random crops of the photographs of a folder, for Keras's `fit`.

    Each batch is a pair: photographs, to which noise may be added, and the same photographs as the
    target, float32, `(batch_size, size, size, 3)`, RGB, 0 to 255. Each photograph is taken at a
    random scale and place, and every other one is flipped. All that is random follows from the
    seed, the number of the epoch and the place in it, so that a run that was killed can be resumed
    exactly: set `epoch`.

    A file that cannot be read is skipped, and the next one takes its place; `broken` has its name
    and what is wrong with it.

    Example:
    ```python
    data = Photographs("photographs", size=256, batch_size=4)
    network.fit(data, validation_data=data.held_out, epochs=2)
    ```

    Args:
        source: A folder, a pattern of names such as `"photos/*.jpg"`, or paths.
        size: Height and width of the crops, in pixels. Smaller photographs are enlarged.
        batch_size: Photographs in a batch; with several styles, a multiple of their number.
        steps_per_epoch: Batches in an epoch; by default, so many that an epoch shows each
            photograph once.
        held_out: The fraction of the photographs that is not trained on.
        noise: Standard deviation of the noise that is added to what the network sees, in pixel
            values. A network that is trained with noise flickers less in videos.
        seed: Seed for all that is random.

    Attributes:
        epoch: The number of the epoch that comes next, from 0.
        broken: What is wrong with each file that was skipped, by its path.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If it has fewer than two photographs, or an argument is invalid.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        size: int = 256,
        batch_size: int = 4,
        steps_per_epoch: int | None = None,
        held_out: float = 0.1,
        noise: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.size = check_integer("size", size, minimum=8)
        self.batch_size = check_integer("batch_size", batch_size, minimum=1)
        self.noise = check_number("noise", noise, minimum=0.0)
        self.seed = check_integer("seed", seed, minimum=0)
        if not 0 <= check_number("held_out", held_out, minimum=0.0) < 1:
            raise ValueError(
                "Invalid value for argument `held_out`. Expected a fraction of at least 0 and "
                f"below 1. Received: held_out={held_out!r}."
            )
        paths = _find(source)
        order = np.random.default_rng(self.seed).permutation(len(paths))
        count = min(len(paths) - 1, max(1, round(held_out * len(paths)))) if held_out else 0
        self._held_out_paths = [paths[number] for number in sorted(order[:count])]
        self.paths = [paths[number] for number in sorted(order[count:])]
        if steps_per_epoch is None:
            steps_per_epoch = -(-len(self.paths) // self.batch_size)
        self.steps_per_epoch = check_integer("steps_per_epoch", steps_per_epoch, minimum=1)
        self.epoch = 0
        self._current_epoch = 0
        self.broken: dict[Path, str] = {}

    @property
    def num_batches(self) -> int:
        """Batches in an epoch."""
        return self.steps_per_epoch

    @property
    def held_out(self) -> HeldOut:
        """The photographs that are not trained on: their middles, always the same."""
        return HeldOut(self._held_out_paths, self.size, self.batch_size, self.broken)

    def on_epoch_begin(self) -> None:
        """Called by Keras before it asks for the first batch of an epoch."""
        self._current_epoch, self.epoch = self.epoch, self.epoch + 1

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A batch of the current epoch."""
        first = (self._current_epoch * self.steps_per_epoch + index) * self.batch_size
        photographs = _decode(self._crop, range(first, first + self.batch_size))
        if not self.noise:
            return photographs, photographs
        random = np.random.default_rng([self.seed, first, 1])
        noise = random.normal(0, self.noise, photographs.shape).astype(np.float32)
        return np.clip(photographs + noise, 0, 255), photographs

    def _crop(self, number: int) -> np.ndarray:
        """A crop; `number` counts all those of the training, `(size, size, 3)`, uint8."""
        turn, place = divmod(number, len(self.paths))
        order = np.random.default_rng([self.seed, turn]).permutation(len(self.paths))
        random = np.random.default_rng([self.seed, number, 0])
        scale = random.uniform(1.0, LARGEST_SCALE)
        places = random.uniform(size=2)
        flipped = random.uniform() < 0.5
        photograph = _read_first(
            [self.paths[order[(place + skip) % len(order)]] for skip in range(len(order))],
            self.size,
            scale,
            self.broken,
        )
        crop = _cut_out(photograph, self.size, *places)
        return crop[:, ::-1] if flipped else crop


class HeldOut(keras.utils.PyDataset):
    """The middles of photographs, always the same, to measure what a network has learned.

    Args:
        paths: The photographs.
        size: Height and width of the crops, in pixels.
        batch_size: Photographs in a batch; the last batch has the first photographs again, so that
            all batches have one size.
        broken: Where files that cannot be read are noted.
    """

    def __init__(
        self, paths: Sequence[Path], size: int, batch_size: int, broken: dict[Path, str]
    ) -> None:
        super().__init__()
        self.paths, self.size, self.batch_size = list(paths), size, batch_size
        self._broken = broken

    @property
    def num_batches(self) -> int:
        """Batches in all."""
        return -(-len(self.paths) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A batch: the photographs twice, `(batch_size, size, size, 3)`, float32."""
        first = index * self.batch_size
        photographs = _decode(self._crop, range(first, first + self.batch_size))
        return photographs, photographs

    def _crop(self, number: int) -> np.ndarray:
        count = len(self.paths)
        paths = [self.paths[(number + skip) % count] for skip in range(count)]
        return _cut_out(_read_first(paths, self.size, 1.0, self._broken), self.size, 0.5, 0.5)


def _find(source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[Path]:
    if isinstance(source, str | os.PathLike):
        if not any(mark in os.fspath(source) for mark in "*?%") and not Path(source).exists():
            raise FileNotFoundError(
                f"Expected a folder of photographs. Received: {os.fspath(source)!r}, which does "
                "not exist. Correct the path."
            )
        paths = find_images(source)[0]
    else:
        paths = [Path(each) for each in source]
    if len(paths) < 2:
        raise ValueError(
            f"Expected a folder with two photographs or more. Received: {source!r}, which has "
            f"{len(paths) or 'none'}. Images end in .jpg, .png, .webp, .avif, .tif or .bmp."
        )
    return paths


def _decode(make: Callable[[int], np.ndarray], numbers: Sequence[int]) -> np.ndarray:
    """Makes the crops of a batch side by side: `(batch, size, size, 3)`, float32."""
    with ThreadPoolExecutor(THREADS) as threads:
        return np.stack(list(threads.map(make, numbers))).astype(np.float32)


def _read_first(
    paths: Sequence[Path], size: int, scale: float, broken: dict[Path, str]
) -> np.ndarray:
    """The first of the photographs that can be read, uint8, the shorter side `size * scale`.

    It is smaller where the photograph itself is, but never below `size`.
    """
    for path in paths:
        if path in broken:
            continue
        try:
            layout = image_layout(path, str(path))
            shorter = min(layout.width, layout.height)
            factor = max(size, min(shorter, round(size * scale))) / shorter
            shape = round(layout.height * factor), round(layout.width * factor)
            return read_image(path, name=str(path), shape=shape)
        except (OSError, ValueError, MemoryError) as error:
            broken[path] = str(error)
    raise ValueError(
        f"Expected photographs that can be read. Received: {len(broken)} files, none of which can. "
        f"The first one: {next(iter(broken.values()), '')}"
    )


def _cut_out(photograph: np.ndarray, size: int, down: float, right: float) -> np.ndarray:
    """A square of a photograph; `down` and `right` say where, as fractions from 0 to 1."""
    height, width = photograph.shape[:2]
    top, left = round(down * (height - size)), round(right * (width - size))
    return photograph[top : top + size, left : left + size]
