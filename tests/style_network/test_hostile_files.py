"""A file of a network may come from a stranger: no more than numbers and sizes are read of it."""

from __future__ import annotations

import io
import json
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from PIL import Image

from nst_framework import StyleNetwork
from nst_framework.style_network import archive as archive_module
from nst_framework.style_network.archive import check_network
from nst_framework.style_network.record import Record

KERNEL = "layers/convolution_block/convolution/vars/0"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The parts of a good file, by name."""
    path = tmp_path_factory.mktemp("network") / "good.keras"
    network = StyleNetwork(styles=2, width=1, blocks=1)
    thumbnail = io.BytesIO()
    Image.new("RGB", (8, 4), "red").save(thumbnail, "JPEG")
    network.learned = Record(("a", "b"), {"losses": []}, {}, thumbnail.getvalue())
    network.save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(folder: Path, parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "stranger.keras"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def refused(path: Path, *, when_checked: bool = True) -> str:
    """The sentence with which a file is refused: one line that says what to do."""
    functions: list[Callable[[Path], Any]] = [StyleNetwork.load]
    if when_checked:
        functions.append(check_network)
    for function in functions:
        with pytest.raises(ValueError, match="Expected") as raised:
            function(path)
        message = str(raised.value)
        assert "\n" not in message
        assert message.startswith(f"Expected {str(path)!r} to be a painting")
        assert " Received: " in message
        assert ". Choose a file that " in message
        assert len(message) < 500 + len(str(path))
    return message


def with_config(parts: dict[str, bytes], **changes: Any) -> dict[str, bytes]:
    content = json.loads(parts["config.json"])
    content["config"].update({k: v for k, v in changes.items() if k in content["config"]})
    content.update({k: v for k, v in changes.items() if k not in content["config"]})
    return {**parts, "config.json": json.dumps(content).encode()}


def with_weights(parts: dict[str, bytes], change: Callable[[h5py.File], None]) -> dict[str, bytes]:
    content = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(content, "r+") as weights:
        assert KERNEL in weights
        change(weights)
    return {**parts, "model.weights.h5": content.getvalue()}


def test_the_good_file_is_read(tmp_path: Path, parts: dict[str, bytes]) -> None:
    path = pack(tmp_path, parts)
    assert StyleNetwork.load(path).learned.names == check_network(path).names == ("a", "b")


CALLED: list[object] = []


@keras.saving.register_keras_serializable("strangers")
class Trap(StyleNetwork):
    """A class of the user's, which a stranger's file must not reach."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        CALLED.append(self)
        super().__init__(*args, **kwargs)


@keras.saving.register_keras_serializable("strangers")
def trap(*args: Any) -> None:
    CALLED.append(args)


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "Trap", "registered_name": "strangers>Trap", "module": __name__},
        {"class_name": "Lambda", "module": "keras.layers"},
        {"class_name": "Functional", "module": "keras.src.models.functional"},
        {"class_name": "Popen", "module": "subprocess", "registered_name": None},
        {"class_name": ["StyleNetwork"]},
        {"class_name": None},
    ],
)
def test_a_file_of_another_class_is_refused(
    tmp_path: Path, parts: dict[str, bytes], config: dict[str, Any]
) -> None:
    CALLED.clear()
    assert "a Keras file of another kind" in refused(pack(tmp_path, with_config(parts, **config)))
    assert not CALLED


@pytest.mark.parametrize(
    "name", [{"class_name": "Lambda", "config": {"function": "trap"}}, "Trap", "strangers>trap"]
)
def test_names_of_classes_in_a_file_are_neither_imported_nor_called(
    tmp_path: Path, parts: dict[str, bytes], name: Any
) -> None:
    """They stand where Keras looks for them; the file is read, and they change nothing."""
    (tmp_path / "stranger_module.py").write_text("raise SystemExit('imported')")
    changes = {
        "module": "stranger_module",
        "registered_name": "strangers>Trap",
        "name": name,
        "dtype": name,
        "build_config": {"input_shape": name},
        "compile_config": {"loss": name, "optimizer": name},
    }
    path = pack(tmp_path, with_config(parts, **changes))
    CALLED.clear()
    sys.path.insert(0, str(tmp_path))
    try:
        network = StyleNetwork.load(path)
    finally:
        sys.path.remove(str(tmp_path))
    assert type(network) is StyleNetwork
    assert network.dtype_policy.name == "float32"
    assert "stranger_module" not in sys.modules
    assert not CALLED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width", 10**9),
        ("width", 10**100),
        ("width", 129),
        ("width", 0),
        ("width", -1),
        ("width", True),
        ("width", "8"),
        ("width", 8.0),
        ("width", None),
        ("width", [8]),
        ("blocks", 10**6),
        ("blocks", False),
        ("styles", 257),
        ("styles", {}),
    ],
)
def test_sizes_are_whole_numbers_within_bounds(
    tmp_path: Path, parts: dict[str, bytes], name: str, value: Any
) -> None:
    assert name in refused(pack(tmp_path, with_config(parts, **{name: value})))


def test_a_large_network_is_not_made_for_a_small_file(
    tmp_path: Path, parts: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    monkeypatch.setattr(keras.layers.Conv2D, "__init__", lambda *args, **kwargs: made.append(args))
    path = pack(tmp_path, with_config(parts, width=128, blocks=16))
    assert "too few for its sizes" in refused(path, when_checked=False)
    assert not made


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(DEEP, id="deep"),
        pytest.param(b'{"class_name": ' + DEEP + b"}", id="deep class"),
        pytest.param(
            b'{"class_name": "StyleNetwork", "config": {"width": ' + b"1" * 10_000 + b"}}",
            id="long number",
        ),
        b"{",
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'{"class_name": "StyleNetwork"}',
        b'{"class_name": "StyleNetwork", "config": []}',
    ],
)
def test_a_configuration_that_is_none_is_refused(
    tmp_path: Path, parts: dict[str, bytes], config: bytes
) -> None:
    refused(pack(tmp_path, {**parts, "config.json": config}))


@pytest.mark.parametrize(
    ("record", "says"),
    [
        pytest.param(DEEP, "not JSON", id="deep"),
        (b"no", "not JSON"),
        (b"[]", "without a version"),
        (b'{"format": true}', "without a version"),
        (b'{"format": 0}', "without a version"),
        (b'{"format": 2}', "version 2. Install a newer nst_framework."),
        (b'{"format": 1, "names": "ab"}', "names"),
        (b'{"format": 1, "names": [1, 2]}', "names"),
        (b'{"format": 1, "names": ["a", "\\u001b[2J"]}', "printable"),
        (b'{"format": 1, "names": ["a"]}', "1 names of 2 paintings"),
        (b'{"format": 1, "names": ["a", "b"], "objective": []}', "another form"),
    ],
)
def test_a_record_that_is_none_is_refused(
    tmp_path: Path, parts: dict[str, bytes], record: bytes, says: str
) -> None:
    assert says in refused(pack(tmp_path, {**parts, "painting.json": record}))


def test_a_thumbnail_of_junk_is_refused(tmp_path: Path, parts: dict[str, bytes]) -> None:
    png = io.BytesIO()
    Image.new("RGB", (8, 4)).save(png, "PNG")
    good = parts["painting.jpg"]
    for junk in (b"junk", png.getvalue(), good[: len(good) // 2]):
        assert "no JPEG" in refused(pack(tmp_path, {**parts, "painting.jpg": junk}))
    # Its header says that it has 60,000 x 60,000 pixels.
    at = good.index(b"\xff\xc0") + 5
    bomb = good[:at] + struct.pack(">HH", 60_000, 60_000) + good[at + 4 :]
    refused(pack(tmp_path, {**parts, "painting.jpg": bomb}))
    large = good[:at] + struct.pack(">HH", 10_000, 10_000) + good[at + 4 :]
    assert "pixels" in refused(pack(tmp_path, {**parts, "painting.jpg": large}))


def test_no_more_is_unpacked_than_a_network_needs(
    tmp_path: Path, parts: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("config.json", "painting.json", "painting.jpg"):
        bomb = pack(tmp_path, {**parts, name: bytes(archive_module.LONGEST_TEXT + 1)})
        assert bomb.stat().st_size < 100_000
        assert f"{name} is larger than" in refused(bomb)
    monkeypatch.setattr(archive_module, "LARGEST_WEIGHTS", len(parts["model.weights.h5"]) - 1)
    path = pack(tmp_path, parts)
    assert "model.weights.h5 is larger than" in refused(path, when_checked=False)


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_part_is_missing(tmp_path: Path, parts: dict[str, bytes], name: str) -> None:
    refused(pack(tmp_path, {key: value for key, value in parts.items() if key != name}))


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


def test_archives_that_are_none(tmp_path: Path, parts: dict[str, bytes]) -> None:
    whole = pack(tmp_path, parts).read_bytes()
    path = tmp_path / "stranger.keras"
    for content in (b"", b"junk", whole[: len(whole) // 2], whole[:-1], b"\x89HDF\r\n\x1a\n"):
        path.write_bytes(content)
        assert "no archive" in refused(path)
    # A part whose bytes are damaged.
    at = whole.index(b"config.json") + 20
    path.write_bytes(whole[:at] + bytes(60) + whole[at + 60 :])
    assert "config.json cannot be read" in refused(path)


def test_encrypted_and_unknown_compression(tmp_path: Path, parts: dict[str, bytes]) -> None:
    whole = bytearray(pack(tmp_path, parts, zipfile.ZIP_STORED).read_bytes())
    path = tmp_path / "stranger.keras"
    for offset, value in ((8, 1), (10, 99)):
        changed, at = bytearray(whole), -1
        while (at := whole.find(b"PK\x01\x02", at + 1)) >= 0:
            changed[at + offset] = value
        path.write_bytes(changed)
        assert " cannot be read (" in refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name(tmp_path: Path, parts: dict[str, bytes]) -> None:
    path = pack(tmp_path, parts)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", parts["config.json"])
    assert "two parts of one name" in refused(path)


def test_a_folder_and_a_missing_file_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "folder.keras").mkdir()
    for name in ("folder.keras", "missing.keras"):
        for function in (StyleNetwork.load, check_network):
            with pytest.raises(FileNotFoundError, match="does not exist or is not a file"):
                function(tmp_path / name)
