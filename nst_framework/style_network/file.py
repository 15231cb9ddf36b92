"""Files of style networks: archives that Keras loads, of which no more than numbers is trusted.

`painting.keras` is what `keras.Model.save` writes, with the weights in 16 bits, and the record of
what was learned beside them. Of a file, only the numbers and the sizes of the network are read; the
network is the package's own. No class is looked up by a name in the file.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from ..paintings import EXTENSION, find_painting
from ..saving import atomic_write, check_extension
from .record import LIMITS, Record, check_thumbnail, parse_record

if TYPE_CHECKING:
    from .network import StyleNetwork

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
"""The names that Keras gives to the parts of its archives."""

RECORD, THUMBNAIL = "painting.json", "painting.jpg"

LONGEST_TEXT = 2**20
"""Bytes of the largest configuration, record or thumbnail."""

LARGEST_WEIGHTS = 2**28
"""Bytes of the largest file of weights."""

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What Python's archives raise when they are damaged, encrypted or of an unknown form."""


def write_network(
    path: str | os.PathLike[str], network: StyleNetwork, record: Record, overwrite: bool = True
) -> None:
    """Writes a network and its record; the file is never left incomplete.

    Raises:
        FileExistsError: If the file exists and is not to be replaced.
        ValueError: If the path does not end in `.keras`, or a weight is not finite in 16 bits.
        OSError: If the file cannot be written.
    """
    import keras

    from .weights import weights_file

    path = Path(path)
    check_extension(path, [EXTENSION])
    if not overwrite and path.exists():
        raise FileExistsError(
            f"Expected a new file. Received: {str(path)!r}, which exists. Pass overwrite=True, or "
            "choose another name."
        )
    # It has neither losses nor an optimizer.
    copy = network.from_config({**network.get_config(), "dtype": "float32"})
    copy.set_weights(network.get_weights())
    weights = weights_file(copy)
    with atomic_write(path) as partial:
        keras.saving.save_model(copy, partial)
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
    path = find_painting(source) or Path(source)
    with open_archive(path) as archive:
        sizes = _read_sizes(archive, path)
        record = _read_record(archive, path, sizes["styles"])
        weights = _part(archive, WEIGHTS, LARGEST_WEIGHTS, path)
    if len(weights) < _least_bytes(sizes):
        raise _refusal(path, f"weights of {len(weights)} bytes, too few for its sizes")
    from .network import StyleNetwork
    from .weights import load_numbers

    network = StyleNetwork(**sizes)
    try:
        load_numbers(network, weights)
    except ValueError as error:
        raise _refusal(path, str(error)) from error
    return network, record


def check_network(source: str | os.PathLike[str]) -> Record:
    """The record of a file that is otherwise in order, without making the network."""
    path = find_painting(source) or Path(source)
    with open_archive(path) as archive:
        sizes = _read_sizes(archive, path)
        if WEIGHTS not in archive.namelist():
            raise _refusal(path, "an archive without weights")
        return _read_record(archive, path, sizes["styles"])


def open_archive(path: Path) -> zipfile.ZipFile:
    """Opens the archive, or raises an error that says what is wrong with the file."""
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a painting that nst train learned. Received: {str(path)!r}, which does not "
            "exist or is not a file. Correct the path."
        )
    try:
        archive = zipfile.ZipFile(path)
    except UNREADABLE as error:
        raise _refusal(path, f"a file that is no archive ({error})") from error
    names = archive.namelist()
    if len(set(names)) < len(names):
        archive.close()
        raise _refusal(path, "an archive with two parts of one name")
    return archive


def _read_record(archive: zipfile.ZipFile, path: Path, styles: int) -> Record:
    """The record of an archive; an empty one if it has none."""
    if RECORD not in archive.namelist():
        return Record()
    text, thumbnail = _part(archive, RECORD, LONGEST_TEXT, path), b""
    if THUMBNAIL in archive.namelist():
        thumbnail = _part(archive, THUMBNAIL, LONGEST_TEXT, path)
    try:
        record = parse_record(text, thumbnail)
        check_thumbnail(thumbnail)
    except ValueError as error:
        raise _refusal(path, str(error)) from error
    if len(record.names) not in (0, styles):
        raise _refusal(path, f"{len(record.names)} names for {styles} styles")
    return record


def _read_sizes(archive: zipfile.ZipFile, path: Path) -> dict[str, int]:
    """The constructor's arguments; nothing else of the configuration is used."""
    text = _part(archive, CONFIG, LONGEST_TEXT, path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refusal(path, "a configuration that is not JSON") from error
    kind = content.get("class_name") if isinstance(content, dict) else None
    if kind != "StyleNetwork":
        known = f"{kind!r:.60}" if isinstance(kind, str) else "one without a class"
        raise _refusal(path, f"a Keras file of another kind: {known}")
    config = content.get("config")
    sizes: dict[str, int] = {}
    for name, (least, most) in LIMITS.items():
        value = config.get(name) if isinstance(config, dict) else None
        if not isinstance(value, int) or isinstance(value, bool):
            raise _refusal(path, f"a network whose {name} is no whole number")
        if not least <= value <= most:
            raise _refusal(path, f"{name}={value!r:.60}, which is not from {least} to {most}")
        sizes[name] = value
    return sizes


def _least_bytes(sizes: dict[str, int]) -> int:
    """Bytes of the residual blocks' kernels in 16 bits: most of a network's weights."""
    return 2 * (2 * sizes["blocks"]) * 3 * 3 * (4 * sizes["width"]) ** 2


def _part(archive: zipfile.ZipFile, name: str, most: int, path: Path) -> bytes:
    """A part of the archive, of which no more is unpacked than `most` bytes."""
    try:
        with archive.open(name) as file:
            content = file.read(most + 1)
    except UNREADABLE as error:
        raise _refusal(path, f"an archive whose {name} cannot be read ({error})") from error
    if len(content) > most:
        raise _refusal(path, f"an archive whose {name} is larger than {most} bytes")
    return content


def _refusal(path: Path, received: str) -> ValueError:
    return ValueError(
        f"Expected {str(path)!r} to be a painting that nst train learned. Received: "
        f"{' '.join(received.split())}. Choose a file that nst train or StyleNetwork.save wrote."
    )
