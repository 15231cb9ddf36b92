"""The weights of a style network in Keras's HDF5 layout; only numbers are read from them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

if TYPE_CHECKING:
    from .network import StyleNetwork

NAME = "model.weights.h5"
"""A file name with the extension that Keras requires."""


def in_16_bits(weights: bytes) -> bytes:
    """Converts weights in Keras's layout to 16 bits.

    The file is made in memory, because HDF5 crashes on closing a file if the disk is full.

    Raises:
        ValueError: If a weight is not finite in 16 bits.
    """
    half = io.BytesIO()
    with h5py.File(io.BytesIO(weights), "r") as source, h5py.File(half, "w") as target:
        for name, numbers in _datasets(source).items():
            with np.errstate(over="ignore"):
                rounded = numbers.astype(np.float16)
            if not np.isfinite(rounded).all():
                raise ValueError(
                    f"Expected weights that are finite in 16 bits. Received: {name}, which is not. "
                    "Train with a lower learning rate."
                )
            target.create_dataset(name, data=rounded, track_times=False)
        for name in _groups(source):
            target.require_group(name).attrs.update(source[name].attrs)
    return half.getvalue()


def load_numbers(network: StyleNetwork, content: bytes) -> None:
    """Copies numbers of the expected names and shapes into a new file, which Keras loads.

    Raises:
        ValueError: If `content` is not the weights of such a network. The message describes the
            fault.
    """
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder, NAME)
        network.save_weights(own)
        try:
            with h5py.File(io.BytesIO(content), "r") as source, h5py.File(own, "r+") as target:
                for name, expected in _datasets(target).items():
                    target[name][...] = _numbers(source, name, expected.shape)
        except (OSError, RuntimeError, KeyError, TypeError) as error:
            raise ValueError(f"weights that cannot be read ({error})") from error
        network.load_weights(own)


def _numbers(source: h5py.File, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The numbers of a dataset, which must be stored contiguously in the file itself."""
    parts = name.split("/")
    for end in range(1, len(parts) + 1):
        # Other links may lead to other files.
        if not isinstance(source.get("/".join(parts[:end]), getlink=True), h5py.HardLink):
            raise ValueError(f"weights of another network, without {name}")
    dataset = source[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape != shape:
        raise ValueError(f"weights of another shape for {name}")
    plain = dataset.external is None and not dataset.is_virtual and dataset.chunks is None
    if not plain or dataset.dtype not in (np.float16, np.float32):
        raise ValueError(f"weights in an unsupported format for {name}")
    numbers = dataset[...]
    if not np.isfinite(numbers).all():
        raise ValueError(f"weights that are not finite for {name}")
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
