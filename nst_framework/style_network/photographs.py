"""The training data of a style network: random crops of photographs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np

from ..checks import check_integer, check_number
from .photograph_files import (
    UNREADABLE,
    PhotographSource,
    find_photographs,
    none_readable,
    read_photograph,
)

THREADS = 8
"""Number of photographs decoded in parallel."""

LARGEST_SCALE = 2.0
"""Largest shorter side of a photograph, in crop sizes: a crop covers at least half of it."""

MOST_NAMED = 10
"""Maximum number of photographs named in a remark."""

BATCHES_AHEAD = 2
"""Number of batches decoded ahead of the current one."""


class Photographs(keras.utils.PyDataset):
    """A dataset of random crops from a folder of photographs, for Keras's `fit`.

    Each batch is a pair of inputs, optionally with noise, and targets, which are the same
    photographs without noise: float32, `(batch_size, size, size, 3)`, RGB, 0 to 255. Crops have a
    random scale and position and are flipped at random. The random numbers depend only on the seed
    and the number of previous batches, so a killed run can be resumed exactly: set `epoch` or
    `step`, and pass `shuffle=False` to `fit`, which otherwise shuffles the batches of each epoch.

    Photographs are decoded in parallel, ahead of the network. An unreadable file is replaced by the
    next one and recorded in `broken`.

    Example:
    ```python
    data = Photographs("photographs", size=256, batch_size=4)
    network.fit(data, validation_data=data.held_out, epochs=2, shuffle=False)
    ```

    Args:
        source: A folder, a pattern such as `"photos/*.jpg"`, or a list of paths.
        size: Height and width of the crops, in pixels. Smaller photographs are enlarged.
        batch_size: Photographs per batch. With several styles, use a multiple of their number.
        steps_per_epoch: Batches per epoch. By default, an epoch shows each photograph once.
        held_out: Fraction of the photographs to hold out for validation.
        noise: Standard deviation of the noise added to the inputs, in pixel values. A network
            trained with noise flickers less in videos.
        seed: Random seed.

    Attributes:
        step: The number of batches before the current or next epoch.
        broken: `{path: error}` of the files that were skipped.
        enlarged: The photographs that were smaller than the crops.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If there are fewer than two photographs, or an argument is invalid.
    """

    def __init__(
        self,
        source: PhotographSource,
        size: int = 256,
        batch_size: int = 4,
        steps_per_epoch: int | None = None,
        held_out: float = 0.1,
        noise: float = 0.0,
        seed: int = 0,
    ) -> None:
        # No Keras workers: after an aborted epoch, they return its batches in the next one.
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
        paths = find_photographs(source, least=2 if held_out else 1)
        order = np.random.default_rng(self.seed).permutation(len(paths))
        count = min(len(paths) - 1, max(1, round(held_out * len(paths)))) if held_out else 0
        self._held_out_paths = [paths[number] for number in order[:count]]
        self.paths = [paths[number] for number in sorted(order[count:])]
        if steps_per_epoch is None:
            steps_per_epoch = -(-len(self.paths) // self.batch_size)
        self.steps_per_epoch = check_integer("steps_per_epoch", steps_per_epoch, minimum=1)
        self.step = 0
        self._is_within_epoch = self._is_complete = False
        self.broken: dict[Path, str] = {}
        self.enlarged: set[Path] = set()
        self._threads = ThreadPoolExecutor(THREADS)
        self._lock = threading.Lock()
        self._ahead: dict[int, list[Future[np.ndarray]]] = {}

    @property
    def num_batches(self) -> int:
        """The number of batches per epoch."""
        return self.steps_per_epoch

    @property
    def epoch(self) -> int:
        """The number of the current or next epoch, from 0."""
        return self.step // self.steps_per_epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self.step = epoch * self.steps_per_epoch

    @property
    def held_out(self) -> HeldOut:
        """The held-out photographs as fixed center crops, for `validation_data`."""
        return HeldOut(self._held_out_paths, self.size, self.batch_size, self.broken)

    def remarks(self) -> list[str]:
        """Sentences about the photographs that could not be read and those that were enlarged."""
        found = []
        if self.broken:
            names = ", ".join(str(path) for path in list(self.broken)[:MOST_NAMED])
            more = len(self.broken) - MOST_NAMED
            others = f" and {more} more" if more > 0 else ""
            found.append(f"{_count(self.broken)} could not be read: {names}{others}.")
        if self.enlarged:
            found.append(
                f"{_count(self.enlarged)} had fewer than {self.size} pixels in height or width "
                "and had to be enlarged."
            )
        return found

    def on_epoch_begin(self) -> None:
        """Marks the start of an epoch. Keras calls it before the first batch."""
        self._is_within_epoch, self._is_complete = True, False

    def on_epoch_end(self) -> None:
        """Counts a complete epoch. Keras also calls it at other times, which are ignored."""
        if self._is_complete:
            self.step += self.steps_per_epoch
        self._is_within_epoch = self._is_complete = False

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A batch of the current epoch."""
        number = self.step + index
        photographs = _stack(each.result() for each in self._decode_ahead(number))
        # Keras also takes single batches outside an epoch, to infer shapes.
        if self._is_within_epoch and index == self.steps_per_epoch - 1:
            self._is_complete = True
        if not self.noise:
            return photographs, photographs
        random = np.random.default_rng([self.seed, number, 1])
        noise = random.normal(0, self.noise, photographs.shape).astype(np.float32)
        return np.clip(photographs + noise, 0, 255), photographs

    def _decode_ahead(self, number: int) -> list[Future[np.ndarray]]:
        """The crops of a batch; also schedules the crops of the next batches.

        `number` counts the batches of the training. Keras may call this from several threads.
        """
        with self._lock:
            coming = range(number, number + BATCHES_AHEAD + 1)
            self._ahead = {
                each: self._ahead.get(each)
                or [
                    self._threads.submit(self._crop, place)
                    for place in range(each * self.batch_size, (each + 1) * self.batch_size)
                ]
                for each in coming
            }
            return self._ahead[number]

    def _crop(self, number: int) -> np.ndarray:
        """A crop `(size, size, 3)`, uint8; `number` counts all crops of the training."""
        turn, place = divmod(number, len(self.paths))
        order = np.random.default_rng([self.seed, turn]).permutation(len(self.paths))
        random = np.random.default_rng([self.seed, number, 0])
        scale = random.uniform(1.0, LARGEST_SCALE)
        places = random.uniform(size=2)
        flipped = random.uniform() < 0.5
        photograph = _read_first(
            (self.paths[order[(place + skip) % len(order)]] for skip in range(len(order))),
            self.size,
            scale,
            self.broken,
            self.enlarged,
        )
        crop = _cut_out(photograph, self.size, *places)
        return crop[:, ::-1] if flipped else crop


class HeldOut(keras.utils.PyDataset):
    """A dataset of fixed center crops of photographs, for validation.

    Args:
        paths: The photographs.
        size: Height and width of the crops, in pixels.
        batch_size: Photographs per batch. The last batch is filled up with the first photographs.
        broken: A dictionary to which unreadable files are added.
    """

    def __init__(
        self, paths: Sequence[Path], size: int, batch_size: int, broken: dict[Path, str]
    ) -> None:
        super().__init__()
        self.paths, self.size, self.batch_size = list(paths), size, batch_size
        self._broken = broken

    @property
    def num_batches(self) -> int:
        """The number of batches."""
        return -(-len(self.paths) // self.batch_size)

    def first(self, count: int) -> HeldOut:
        """The first `count` photographs as a dataset."""
        return HeldOut(self.paths[:count], self.size, self.batch_size, self._broken)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """A batch: the photographs twice, `(batch_size, size, size, 3)`, float32."""
        first = index * self.batch_size
        with ThreadPoolExecutor(THREADS) as threads:
            crops = threads.map(self._crop, range(first, first + self.batch_size))
            photographs = _stack(crops)
        return photographs, photographs

    def _crop(self, number: int) -> np.ndarray:
        count = len(self.paths)
        paths = (self.paths[(number + skip) % count] for skip in range(count))
        photograph = _read_first(paths, self.size, 1.0, self._broken, set())
        return _cut_out(photograph, self.size, 0.5, 0.5)


def _stack(crops: Iterable[np.ndarray]) -> np.ndarray:
    """The crops of a batch as one array: `(batch, size, size, 3)`, float32."""
    return np.stack(list(crops)).astype(np.float32)


def _read_first(
    paths: Iterable[Path], size: int, scale: float, broken: dict[Path, str], enlarged: set[Path]
) -> np.ndarray:
    """The first readable photograph, uint8, at least `size` pixels high and wide."""
    for path in paths:
        if path in broken:
            continue
        try:
            photograph, is_enlarged = read_photograph(path, size, scale)
        except UNREADABLE as error:
            broken[path] = str(error)
            continue
        if is_enlarged:
            enlarged.add(path)
        return photograph
    raise none_readable(len(broken), next(iter(broken.values()), ""))


def _count(photographs: Sized) -> str:
    count = len(photographs)
    return "1 photograph" if count == 1 else f"{count} photographs"


def _cut_out(photograph: np.ndarray, size: int, down: float, right: float) -> np.ndarray:
    """A square crop of a photograph, at a position given by fractions from 0 to 1."""
    height, width = photograph.shape[:2]
    top, left = round(down * (height - size)), round(right * (width - size))
    return photograph[top : top + size, left : left + size]
