"""Checks and reads the archive of a style network without loading Keras.

Its configuration and its record are untrusted text; only sizes are used from the configuration.
"""

from __future__ import annotations

import io
import json
import lzma
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ..paintings import find_painting
from .record import LIMITS, Record, check_thumbnail, parse_record

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
"""Keras's names of the parts of its archives."""

RECORD, THUMBNAIL = "painting.json", "painting.jpg"

LONGEST_TEXT = 2**20
"""Maximum size of the configuration, the record or the thumbnail, in bytes."""

LARGEST_WEIGHTS = 2**28
"""Maximum size of the weights, in bytes."""

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""Errors that `zipfile` raises for damaged, encrypted or unsupported archives."""


@dataclass(frozen=True)
class Contents:
    """The contents of an archive: the network's sizes, the record, and the stored weights."""

    sizes: Mapping[str, int]
    record: Record
    weights: bytes = b""


def check_network(source: str | os.PathLike[str]) -> Record:
    """Checks a file without building the network, and returns its record."""
    return read_contents(source, weights=False).record


def count_paintings(source: str | os.PathLike[str]) -> int:
    """The number of paintings that a network has learned."""
    return read_contents(source, weights=False).sizes["styles"]


def read_thumbnail(source: str | os.PathLike[str]) -> Image.Image | None:
    """The thumbnail of a file's paintings side by side, or of a single painting given by name.

    `None` if the file has no thumbnail.
    """
    record = check_network(source)
    if not record.thumbnail:
        return None
    image: Image.Image = Image.open(io.BytesIO(record.thumbnail), formats=["JPEG"])
    if (name := os.fspath(source)) not in record.names or find_painting(source) is None:
        return image
    width = image.width // len(record.names)
    left = width * record.names.index(name)
    return image.crop((left, 0, left + width, image.height))


def read_contents(source: str | os.PathLike[str], weights: bool = True) -> Contents:
    """Reads a file or, given its name, a painting of the package.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file does not contain a style network.
    """
    path = find_painting(source) or Path(source)
    with _open(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names):
            raise refusal(path, "an archive with duplicate names")
        # The record is read first, because a newer version may have other sizes.
        record = _read_record(archive, path)
        sizes = _read_sizes(archive, path)
        if len(record.names) not in (0, sizes["styles"]):
            raise refusal(path, f"{len(record.names)} names for {sizes['styles']} paintings")
        if WEIGHTS not in names:
            raise refusal(path, "an archive without weights")
        stored = _part(archive, WEIGHTS, LARGEST_WEIGHTS, path) if weights else b""
    if weights and len(stored) < _least_bytes(sizes):
        raise refusal(path, f"weights of {len(stored)} bytes, too few for the network's sizes")
    return Contents(sizes, record, stored)


def refusal(path: Path, received: str) -> ValueError:
    """The error for a file that does not contain a style network."""
    return ValueError(
        f"Expected {str(path)!r} to be a painting learned by nst train. Received: "
        f"{' '.join(received.split())}. Choose a file written by nst train or StyleNetwork.save."
    )


def _open(path: Path) -> zipfile.ZipFile:
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a painting learned by nst train. Received: {str(path)!r}, which does not "
            "exist or is not a file. Correct the path."
        )
    try:
        return zipfile.ZipFile(path)
    except UNREADABLE as error:
        raise refusal(path, f"a file that is not an archive ({error})") from error


def _read_record(archive: zipfile.ZipFile, path: Path) -> Record:
    """The record of an archive, or an empty one."""
    if RECORD not in archive.namelist():
        return Record()
    text, thumbnail = _part(archive, RECORD, LONGEST_TEXT, path), b""
    if THUMBNAIL in archive.namelist():
        thumbnail = _part(archive, THUMBNAIL, LONGEST_TEXT, path)
    try:
        check_thumbnail(thumbnail)
        return parse_record(text, thumbnail)
    except ValueError as error:
        raise refusal(path, str(error)) from error


def _read_sizes(archive: zipfile.ZipFile, path: Path) -> dict[str, int]:
    """The constructor's arguments, which are the only part of the configuration that is used."""
    text = _part(archive, CONFIG, LONGEST_TEXT, path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refusal(path, "a configuration that is not JSON") from error
    kind = content.get("class_name") if isinstance(content, dict) else None
    if kind != "StyleNetwork":
        known = f"{kind!r:.60}" if isinstance(kind, str) else "no class name"
        raise refusal(path, f"a Keras file of another kind: {known}")
    config = content.get("config")
    sizes: dict[str, int] = {}
    for name, (least, most) in LIMITS.items():
        value = config.get(name) if isinstance(config, dict) else None
        if not isinstance(value, int) or isinstance(value, bool):
            raise refusal(path, f"a network whose {name} is not a whole number")
        if not least <= value <= most:
            raise refusal(path, f"{name}={value!r:.60}, which is not from {least} to {most}")
        sizes[name] = value
    return sizes


def _least_bytes(sizes: Mapping[str, int]) -> int:
    """Size of the residual blocks' kernels in 16 bits, which are most of a network's weights."""
    return 2 * (2 * sizes["blocks"]) * 3 * 3 * (4 * sizes["width"]) ** 2


def _part(archive: zipfile.ZipFile, name: str, most: int, path: Path) -> bytes:
    """Reads a part of the archive; at most `most` bytes are unpacked."""
    try:
        with archive.open(name) as file:
            content = file.read(most + 1)
    except UNREADABLE as error:
        raise refusal(path, f"an archive whose {name} cannot be read ({error})") from error
    if len(content) > most:
        raise refusal(path, f"an archive whose {name} is larger than {most} bytes")
    return content
