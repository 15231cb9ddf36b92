"""The archive that holds a style network: checked and read in part, without loading Keras.

Its configuration and its record are a stranger's text; of the first, only sizes are used.
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
"""The names that Keras gives to the parts of its archives."""

RECORD, THUMBNAIL = "painting.json", "painting.jpg"

LONGEST_TEXT = 2**20
"""Bytes of the largest configuration, record or thumbnail."""

LARGEST_WEIGHTS = 2**28
"""Bytes of the largest file of weights."""

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
"""What Python's archives raise when they are damaged, encrypted or of an unknown form."""


@dataclass(frozen=True)
class Contents:
    """What an archive has: the network's sizes, the record, and the weights as they are stored."""

    sizes: Mapping[str, int]
    record: Record
    weights: bytes = b""


def check_network(source: str | os.PathLike[str]) -> Record:
    """The record of a file that is otherwise in order, without making the network."""
    return read_contents(source, weights=False).record


def count_paintings(source: str | os.PathLike[str]) -> int:
    """How many paintings a network has learned."""
    return read_contents(source, weights=False).sizes["styles"]


def read_thumbnail(source: str | os.PathLike[str]) -> Image.Image | None:
    """A small picture of the paintings, side by side; of a painting by its name, that one alone.

    `None` if the file has none.
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
    """Reads a file, or the one of a painting of the package, which its name stands for.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not the file of a style network.
    """
    path = find_painting(source) or Path(source)
    with _open(path) as archive:
        names = archive.namelist()
        if len(set(names)) < len(names):
            raise refusal(path, "an archive with two parts of one name")
        # First, because a newer version may have other sizes.
        record = _read_record(archive, path)
        sizes = _read_sizes(archive, path)
        if len(record.names) not in (0, sizes["styles"]):
            raise refusal(path, f"{len(record.names)} names of {sizes['styles']} paintings")
        if WEIGHTS not in names:
            raise refusal(path, "an archive without weights")
        stored = _part(archive, WEIGHTS, LARGEST_WEIGHTS, path) if weights else b""
    if weights and len(stored) < _least_bytes(sizes):
        raise refusal(path, f"weights of {len(stored)} bytes, too few for its sizes")
    return Contents(sizes, record, stored)


def refusal(path: Path, received: str) -> ValueError:
    """The error about a file that is none of a style network."""
    return ValueError(
        f"Expected {str(path)!r} to be a painting that nst train learned. Received: "
        f"{' '.join(received.split())}. Choose a file that nst train or StyleNetwork.save wrote."
    )


def _open(path: Path) -> zipfile.ZipFile:
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a painting that nst train learned. Received: {str(path)!r}, which does not "
            "exist or is not a file. Correct the path."
        )
    try:
        return zipfile.ZipFile(path)
    except UNREADABLE as error:
        raise refusal(path, f"a file that is no archive ({error})") from error


def _read_record(archive: zipfile.ZipFile, path: Path) -> Record:
    """The record of an archive; an empty one if it has none."""
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
    """The constructor's arguments; nothing else of the configuration is used."""
    text = _part(archive, CONFIG, LONGEST_TEXT, path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refusal(path, "a configuration that is not JSON") from error
    kind = content.get("class_name") if isinstance(content, dict) else None
    if kind != "StyleNetwork":
        known = f"{kind!r:.60}" if isinstance(kind, str) else "one without a class"
        raise refusal(path, f"a Keras file of another kind: {known}")
    config = content.get("config")
    sizes: dict[str, int] = {}
    for name, (least, most) in LIMITS.items():
        value = config.get(name) if isinstance(config, dict) else None
        if not isinstance(value, int) or isinstance(value, bool):
            raise refusal(path, f"a network whose {name} is no whole number")
        if not least <= value <= most:
            raise refusal(path, f"{name}={value!r:.60}, which is not from {least} to {most}")
        sizes[name] = value
    return sizes


def _least_bytes(sizes: Mapping[str, int]) -> int:
    """Bytes of the residual blocks' kernels in 16 bits: most of a network's weights."""
    return 2 * (2 * sizes["blocks"]) * 3 * 3 * (4 * sizes["width"]) ** 2


def _part(archive: zipfile.ZipFile, name: str, most: int, path: Path) -> bytes:
    """A part of the archive, of which no more is unpacked than `most` bytes."""
    try:
        with archive.open(name) as file:
            content = file.read(most + 1)
    except UNREADABLE as error:
        raise refusal(path, f"an archive whose {name} cannot be read ({error})") from error
    if len(content) > most:
        raise refusal(path, f"an archive whose {name} is larger than {most} bytes")
    return content
