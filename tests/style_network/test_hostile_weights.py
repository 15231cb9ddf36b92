"""Weights in untrusted files: only plain numbers of the expected shapes are read."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from network_files import pack, refused

KERNEL = "layers/convolution_block/convolution/vars/0"


def with_weights(parts: dict[str, bytes], change: Callable[[h5py.File], None]) -> dict[str, bytes]:
    content = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(content, "r+") as weights:
        assert KERNEL in weights
        change(weights)
    return {**parts, "model.weights.h5": content.getvalue()}


def replace(name: str, make: Callable[[h5py.File, str], None]) -> Callable[[h5py.File], None]:
    def change(weights: h5py.File) -> None:
        del weights[name]
        make(weights, name)

    return change


def _store(values: Callable[[np.ndarray], Any], **options: Any) -> Callable[[h5py.File, str], None]:
    shape = (9, 9, 3, 1)
    return lambda weights, name: (
        weights.create_dataset(name, data=values(np.zeros(shape, np.float32)), **options) and None
    )


def _link(target: Any) -> Callable[[h5py.File, str], None]:
    def make(weights: h5py.File, name: str) -> None:
        weights[name] = target

    return make


def _external(weights: h5py.File, name: str) -> None:
    weights.create_dataset(name, (9, 9, 3, 1), np.float32, external=[("/etc/passwd", 0, 972)])


def _virtual(weights: h5py.File, name: str) -> None:
    layout = h5py.VirtualLayout((9, 9, 3, 1), np.float32)
    layout[:] = h5py.VirtualSource("/etc/other.h5", "data", (9, 9, 3, 1))
    weights.create_virtual_dataset(name, layout)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda weights, name: None, id="missing"),
        pytest.param(_link(h5py.ExternalLink("/etc/other.h5", "/data")), id="external link"),
        pytest.param(_link(h5py.SoftLink("/" + KERNEL[:-1] + "1")), id="soft link"),
        pytest.param(_external, id="external storage"),
        pytest.param(_virtual, id="virtual"),
        pytest.param(lambda weights, name: weights.create_group(name) and None, id="group"),
        pytest.param(_store(lambda x: x, chunks=True), id="chunked"),
        pytest.param(_store(lambda x: x, compression="gzip"), id="compressed"),
        pytest.param(_store(lambda x: x.astype(">f4")), id="other byte order"),
        pytest.param(_store(lambda x: x.astype(np.float64)), id="float64"),
        pytest.param(_store(lambda x: x.astype(np.int8)), id="int8"),
        pytest.param(_store(lambda x: x.astype("S4")), id="bytes"),
        pytest.param(
            _store(lambda x: x.astype(str).astype(object), dtype=h5py.string_dtype()), id="texts"
        ),
        pytest.param(_store(lambda x: x.astype(np.complex64)), id="complex"),
        pytest.param(_store(lambda x: x[..., 0]), id="other shape"),
        pytest.param(_store(lambda x: np.float32(1)), id="scalar"),
        pytest.param(_store(lambda x: x.swapaxes(2, 3)), id="turned"),
        pytest.param(_store(lambda x: x + np.nan), id="NaN"),
        pytest.param(_store(lambda x: x + np.inf), id="infinite"),
    ],
)
def test_weights_are_plain_numbers_in_the_file_itself(
    tmp_path: Path, parts: dict[str, bytes], make: Callable[[h5py.File, str], None]
) -> None:
    changed = with_weights(parts, replace(KERNEL, make))
    assert "weights" in refused(pack(tmp_path, changed), when_checked=False)


def test_a_group_of_weights_elsewhere_is_refused(tmp_path: Path, parts: dict[str, bytes]) -> None:
    for target in (h5py.ExternalLink("/etc/other.h5", "/"), h5py.SoftLink("/other")):
        changed = with_weights(parts, replace("layers", _link(target)))
        assert "without" in refused(pack(tmp_path, changed), when_checked=False)


def test_weights_that_are_damaged_raise_the_same_error(
    tmp_path: Path, parts: dict[str, bytes]
) -> None:
    good = parts["model.weights.h5"]
    for content in (b"", b"junk", good[:100], good[: len(good) // 2], bytes(len(good))):
        refused(pack(tmp_path, {**parts, "model.weights.h5": content}), when_checked=False)
