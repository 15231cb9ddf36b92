"""The checkpoint file: an .npz archive that ends with a checksum of everything before it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..saving import atomic_write

FORMAT_VERSION = 3
HEADER = "header"
_SEAL = "nst_framework checkpoint, format {version}, SHA-256 {digest}"
"""The archive's comment, which is the end of the file."""
_SEALED = re.compile(rb"nst_framework checkpoint, format (\d+), SHA-256 ([0-9a-f]{64})\Z")
_DIGITS = 64
_INVALID = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""Errors that reading can raise for a forged file with a valid checksum."""


class DamagedCheckpointError(ValueError):
    """A checkpoint whose contents have changed since it was written."""


def write_checkpoint(
    path: str | os.PathLike[str], header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> None:
    """Writes a checkpoint; an existing file is replaced only once the new one is complete.

    The header must be serializable as JSON; the arrays are named.
    """
    seal = _SEAL.format(version=FORMAT_VERSION, digest="0" * _DIGITS).encode()
    with atomic_write(path) as partial, partial.open("w+b") as file:
        everything: dict[str, Any] = {HEADER: np.array(json.dumps(header)), **arrays}
        # Not np.savez, because some releases of NumPy leave its archive open after an error.
        with zipfile.ZipFile(file, "w") as archive:
            archive.comment = seal
            for name, array in everything.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    np.lib.format.write_array(entry, np.asanyarray(array), allow_pickle=False)
        digest = _digest(file)
        file.seek(-_DIGITS, os.SEEK_END)
        file.write(digest)


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Verifies the checksum and returns the header and the arrays of a checkpoint."""
    received = f"Expected a checkpoint of a run. Received: {os.fspath(path)!r}"
    advice = "Use another file, or start a new run."
    if not Path(path).exists():
        raise FileNotFoundError(f"{received}, which does not exist. Check the path.")
    with Path(path).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            raise DamagedCheckpointError(f"{received}, which is empty. {advice}")
        file.seek(max(0, size - 2 * _DIGITS - len(_SEAL)))
        sealed = _SEALED.search(file.read())
        if sealed is None:
            raise DamagedCheckpointError(
                f"{received}, which is incomplete or not a checkpoint of nst_framework: it does "
                f"not end with a checksum. {advice}"
            )
        if _digest(file) != sealed[2]:
            raise DamagedCheckpointError(
                f"{received}, which is damaged: its contents do not match its checksum. {advice}"
            )
        version = int(sealed[1])
        if version != FORMAT_VERSION:
            raise ValueError(
                f"{received}, which has format version {version}, but this release reads "
                f"{FORMAT_VERSION}. Resume with the release that wrote it."
            )
        try:
            _check_sizes(file, size)
            with np.load(file, allow_pickle=False) as archive:
                arrays = dict(archive)
            return json.loads(str(arrays.pop(HEADER))), arrays
        except _INVALID as error:
            raise DamagedCheckpointError(
                f"{received}, whose contents are not those of a checkpoint ({error}). {advice}"
            ) from error


def _digest(file: BinaryIO) -> bytes:
    """The checksum of everything but itself, in hexadecimal digits."""
    digest = hashlib.sha256()
    left = file.seek(-_DIGITS, os.SEEK_END)
    file.seek(0)
    while left:
        block = file.read(min(left, 1 << 20))
        digest.update(block)
        left -= len(block)
    return digest.hexdigest().encode()


def _check_sizes(file: BinaryIO, size: int) -> None:
    """Raises a `ValueError` if the archive would take more memory than the size of its file."""
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > size:
            raise ValueError("it is compressed")
    file.seek(0)
