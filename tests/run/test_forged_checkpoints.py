"""A forged checkpoint with a valid checksum is refused and cannot run code."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nst_framework.run.checkpoint_file import DamagedCheckpointError
from nst_framework.run.state import RunState

SEAL = b"nst_framework checkpoint, format 3, SHA-256 "


class Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch '{self.path}'",)


def forged(path: Path, method: int = zipfile.ZIP_STORED, **members: bytes) -> Path:
    """An archive of members, with the checksum of a checkpoint."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
        archive.comment = SEAL + 64 * b"0"
    data = file.getvalue()[:-64]
    path.write_bytes(data + hashlib.sha256(data).hexdigest().encode())
    return path


def array(value: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(value))
    return file.getvalue()


def with_header(header: bytes) -> bytes:
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    evil = tmp_path / "evil was here"
    objects = array(np.array([Evil(evil)], object))
    raw = pickle.dumps(Evil(evil))
    for content in (objects, raw):
        path = forged(tmp_path / "run.npz", header=content, image=content, best_image=content)
        with pytest.raises(DamagedCheckpointError, match="Use another file"):
            RunState.load(path)
    assert not evil.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no array",
        with_header(b"{'descr': '<f4', 'shape': ("),
        with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999,)}\n"),
        with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}\n"),
        with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (True, 10**9)}\n"),
        with_header(5000 * b"("),
        with_header(5000 * b"-" + b"1"),
        with_header(b"{'descr': [('x', 3)], 'fortran_order': False, 'shape': ()}\n"),
        array("{"),
        array(50_000 * "["),
        array("3"),
        array('{"epoch": 1, "nothing": 2}'),
    ],
)
@pytest.mark.parametrize("member", ["header", "image"])
def test_members_that_are_not_arrays(content: bytes, member: str, tmp_path: Path) -> None:
    members = {"header": array("{}"), "image": array(0), "best_image": array(0), member: content}
    path = forged(tmp_path / "run.npz", **members)
    try:
        RunState.load(path)
    except ValueError as error:
        message = str(error)
    else:
        message = "" if member == "header" else "Expected a checkpoint"  # the run checks it
    assert message.startswith("Expected a checkpoint")
