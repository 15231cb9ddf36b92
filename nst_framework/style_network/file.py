"""Files of style networks: archives that Keras loads, of which no more than numbers is trusted.

`painting.keras` is what `keras.Model.save` writes, with the weights in 16 bits, and the record of
what was learned beside them. Of a file, only the numbers and the sizes of the network are read; the
network is the package's own. No class is looked up by a name in the file.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import keras
import numpy as np

from ..paintings import EXTENSION, find_painting
from ..saving import atomic_write, check_extension
from .record import Record, parse_record

if TYPE_CHECKING:
    from .network import StyleNetwork

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
"""The names that Keras gives to the parts of its archives."""

RECORD, THUMBNAIL = "painting.json", "painting.jpg"

LONGEST_TEXT = 2**20
"""Bytes of the largest configuration, record or thumbnail."""

LARGEST_WEIGHTS = 2**28
"""Bytes of the largest file of weights."""

LIMITS = {"styles": (1, 256), "width": (1, 128), "blocks": (0, 32)}
"""The least and the most that a file may ask for."""


def write_network(path: str | os.PathLike[str], network: StyleNetwork, record: Record) -> None:
    """Writes a network and its record; the file is never left incomplete.

    Raises:
        ValueError: If the path does not end in `.keras`, or a weight is not finite in 16 bits.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    check_extension(path, [EXTENSION])
    with atomic_write(path) as partial:
        # Of a copy, which has neither losses nor an optimizer.
        keras.saving.save_model(_copy(network), partial)
        with zipfile.ZipFile(partial) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        parts[WEIGHTS] = _in_16_bits(parts[WEIGHTS])
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
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

    path = find_painting(source) or Path(source)
    with open_archive(path) as archive:
        sizes = _read_sizes(archive, path)
        record = read_record(archive, path)
        weights = _part(archive, WEIGHTS, LARGEST_WEIGHTS, path)
    network = StyleNetwork(sizes["styles"], sizes["width"], sizes["blocks"])
    _load_numbers(network, weights, path)
    return network, record


def check_network(source: str | os.PathLike[str]) -> Record:
    """The record of a file that is otherwise in order, without making the network."""
    path = find_painting(source) or Path(source)
    with open_archive(path) as archive:
        _read_sizes(archive, path)
        if WEIGHTS not in archive.namelist():
            raise _refusal(path, "an archive without weights")
        return read_record(archive, path)


def open_archive(path: Path) -> zipfile.ZipFile:
    """Opens the archive, or raises an error that says what is wrong with the file."""
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a painting that nst train learned. Received: {str(path)!r}, which does not "
            "exist or is not a file. Correct the path."
        )
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise _refusal(path, f"a file that is no archive ({error})") from error


def read_record(archive: zipfile.ZipFile, path: Path) -> Record:
    """The record of an archive; an empty one if it has none."""
    if RECORD not in archive.namelist():
        return Record()
    thumbnail = b""
    if THUMBNAIL in archive.namelist():
        thumbnail = _part(archive, THUMBNAIL, LONGEST_TEXT, path)
    return parse_record(_part(archive, RECORD, LONGEST_TEXT, path), thumbnail, str(path))


def _read_sizes(archive: zipfile.ZipFile, path: Path) -> dict[str, int]:
    """The constructor's arguments; nothing else of the configuration is used."""
    try:
        content = json.loads(_part(archive, CONFIG, LONGEST_TEXT, path))
    except (ValueError, RecursionError) as error:
        raise _refusal(path, "a configuration that is not JSON") from error
    kind = content.get("class_name") if isinstance(content, dict) else None
    if kind != "StyleNetwork":
        raise _refusal(path, f"a Keras file of another kind: {kind!r:.60}")
    config = content.get("config")
    sizes = {name: config.get(name) if isinstance(config, dict) else None for name in LIMITS}
    for name, (least, most) in LIMITS.items():
        value = sizes[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _refusal(path, f"{name}={value!r:.60}, which is not from {least} to {most}")
    return {name: int(value) for name, value in sizes.items() if value is not None}


def _part(archive: zipfile.ZipFile, name: str, most: int, path: Path) -> bytes:
    """A part of the archive, of which no more is unpacked than `most` bytes."""
    try:
        with archive.open(name) as file:
            content = file.read(most + 1)
    except (KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile, OSError) as error:
        raise _refusal(path, f"an archive whose {name} cannot be read ({error})") from error
    except zlib.error as error:
        raise _refusal(path, f"an archive whose {name} cannot be unpacked ({error})") from error
    if len(content) > most:
        raise _refusal(path, f"an archive whose {name} is larger than {most} bytes")
    return content


def _copy(network: StyleNetwork) -> StyleNetwork:
    """A copy in float32 without losses and optimizer."""
    copy = type(network)(network.styles, network.width, network.blocks, dtype="float32")
    copy.set_weights(network.get_weights())
    return copy


def _in_16_bits(weights: bytes) -> bytes:
    """The weights as Keras lays them out, in 16 bits.

    In memory, since HDF5 crashes when it closes a file for which the disk is full.
    """
    half = io.BytesIO()
    with h5py.File(io.BytesIO(weights), "r") as source, h5py.File(half, "w") as target:
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
            raise _refusal(path, f"weights that cannot be read ({error})") from error
        network.load_weights(own)


def _numbers(source: h5py.File, name: str, shape: tuple[int, ...], path: Path) -> np.ndarray:
    """The numbers of a dataset, which must lie in the file itself, plainly."""
    parts = name.split("/")
    for end in range(1, len(parts) + 1):
        # Links may lead to other files of the machine.
        link = source.get("/".join(parts[:end]), getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise _refusal(path, f"weights of another network, without {name}")
    dataset = source[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape != shape:
        raise _refusal(path, f"weights of another shape for {name}")
    plain = dataset.external is None and not dataset.is_virtual and dataset.chunks is None
    if not plain or dataset.dtype not in (np.float16, np.float32):
        raise _refusal(path, f"weights in another form for {name}")
    numbers = dataset[...]
    if not np.isfinite(numbers).all():
        raise _refusal(path, f"weights that are not finite for {name}")
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


def _refusal(path: Path, received: str) -> ValueError:
    return ValueError(
        f"Expected {str(path)!r} to be a painting that nst train learned. Received: {received}. "
        "Choose a file that nst train or StyleNetwork.save wrote."
    )
