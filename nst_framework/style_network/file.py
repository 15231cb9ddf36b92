"""Files of style networks: archives that Keras loads, of which no more than numbers is trusted.

`painting.keras` is what `keras.Model.save` writes, with the weights in 16 bits, and the record of
what was learned beside them. Of a file, only the numbers and the sizes of the network are read; the
network is the package's own. No class is looked up by a name in the file.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import keras
import numpy as np

from ..paintings import EXTENSION
from ..saving import atomic_write, check_extension
from .archive import RECORD, THUMBNAIL, WEIGHTS, read_contents, refusal
from .record import Record

if TYPE_CHECKING:
    from .network import StyleNetwork


def write_network(path: str | os.PathLike[str], network: StyleNetwork, record: Record) -> None:
    """Writes a network and its record; the file is never left incomplete.

    Raises:
        ValueError: If the path does not end in `.keras`, or a weight is not finite in 16 bits.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    check_extension(path, [EXTENSION])
    weights = _weights_file(network)
    with atomic_write(path) as partial:
        # Of a copy, which has neither losses nor an optimizer.
        keras.saving.save_model(_copy(network), partial)
        with zipfile.ZipFile(partial) as archive:
            parts = {name: archive.read(name) for name in archive.namelist() if name != WEIGHTS}
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {**parts, WEIGHTS: weights}.items():
                archive.writestr(name, content)
            archive.writestr(RECORD, record.to_json())
            if record.thumbnail:
                archive.writestr(THUMBNAIL, record.thumbnail)


def read_network(source: str | os.PathLike[str]) -> tuple[StyleNetwork, Record]:
    """Reads a network and its record from a file, or from a painting of the package by its name.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not the file of a style network.
    """
    from .network import StyleNetwork

    found = read_contents(source)
    network = StyleNetwork(found.sizes["styles"], found.sizes["width"], found.sizes["blocks"])
    _load_numbers(network, found.weights, Path(source))
    return network, found.record


def _copy(network: StyleNetwork) -> StyleNetwork:
    """A copy in float32 without losses and optimizer."""
    copy = type(network)(network.styles, network.width, network.blocks, dtype="float32")
    copy.set_weights(network.get_weights())
    return copy


def _weights_file(network: StyleNetwork) -> bytes:
    """The weights as Keras lays them out, in 16 bits."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, WEIGHTS)
        _copy(network).save_weights(path)
        half = io.BytesIO()
        with h5py.File(path, "r") as source, h5py.File(half, "w") as target:
            for name, numbers in _datasets(source).items():
                with np.errstate(over="ignore"):
                    rounded = numbers.astype(np.float16)
                if not np.isfinite(rounded).all():
                    raise ValueError(
                        f"Expected weights that are finite in 16 bits. Received: {name}, which "
                        "is not. Train with a lower learning rate."
                    )
                target.create_dataset(name, data=rounded, track_times=False)
            for name in _groups(source):
                group = target.require_group(name)
                group.attrs.update(source[name].attrs)
        return half.getvalue()


def _load_numbers(network: StyleNetwork, content: bytes, path: Path) -> None:
    """Copies numbers of the right names and shapes into a file of our own, which Keras loads."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder, WEIGHTS)
        network.save_weights(own)
        try:
            with h5py.File(io.BytesIO(content), "r") as source, h5py.File(own, "r+") as target:
                for name, expected in _datasets(target).items():
                    target[name][...] = _numbers(source, name, expected.shape, path)
        except (OSError, RuntimeError, KeyError, TypeError) as error:
            raise refusal(path, f"weights that cannot be read ({error})") from error
        network.load_weights(own)


def _numbers(source: h5py.File, name: str, shape: tuple[int, ...], path: Path) -> np.ndarray:
    """The numbers of a dataset, which must lie in the file itself, plainly."""
    parts = name.split("/")
    for end in range(1, len(parts) + 1):
        # Links may lead to other files of the machine.
        link = source.get("/".join(parts[:end]), getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise refusal(path, f"weights of another network, without {name}")
    dataset = source[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape != shape:
        raise refusal(path, f"weights of another shape for {name}")
    plain = dataset.external is None and not dataset.is_virtual and dataset.chunks is None
    if not plain or dataset.dtype not in (np.float16, np.float32):
        raise refusal(path, f"weights in another form for {name}")
    numbers = dataset[...]
    if not np.isfinite(numbers).all():
        raise refusal(path, f"weights that are not finite for {name}")
    return numbers


def _datasets(file: h5py.File) -> Mapping[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}

    def keep(name: str, each: Any) -> None:
        if isinstance(each, h5py.Dataset):
            found[name] = each[...]

    file.visititems(keep)
    return found


def _groups(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visititems(lambda name, each: names.append(name) if isinstance(each, h5py.Group) else None)
    return names
