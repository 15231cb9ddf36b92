"""Untrusted network files: only numbers and sizes are read from them."""

from __future__ import annotations

import io
import json
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import pytest
from network_files import pack, refused
from PIL import Image

from nst_framework import StyleNetwork
from nst_framework.style_network import archive as archive_module
from nst_framework.style_network.archive import check_network


def with_config(parts: dict[str, bytes], **changes: Any) -> dict[str, bytes]:
    content = json.loads(parts["config.json"])
    content["config"].update({k: v for k, v in changes.items() if k in content["config"]})
    content.update({k: v for k, v in changes.items() if k not in content["config"]})
    return {**parts, "config.json": json.dumps(content).encode()}


def test_a_valid_file_is_read(tmp_path: Path, parts: dict[str, bytes]) -> None:
    path = pack(tmp_path, parts)
    assert StyleNetwork.load(path).learned.names == check_network(path).names == ("a", "b")


CALLED: list[object] = []


@keras.saving.register_keras_serializable("strangers")
class Trap(StyleNetwork):
    """A user's class, which an untrusted file must not reach."""

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
    """The names are where Keras would look for them; the file is read, and they have no effect."""
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
    assert "too few for the network" in refused(path, when_checked=False)
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
def test_an_invalid_configuration_is_refused(
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
        (b'{"format": 1, "names": ["a"]}', "1 names for 2 paintings"),
        (b'{"format": 1, "names": ["a", "b"], "objective": []}', "malformed"),
    ],
)
def test_an_invalid_record_is_refused(
    tmp_path: Path, parts: dict[str, bytes], record: bytes, says: str
) -> None:
    assert says in refused(pack(tmp_path, {**parts, "painting.json": record}))


def test_a_thumbnail_of_junk_is_refused(tmp_path: Path, parts: dict[str, bytes]) -> None:
    png = io.BytesIO()
    Image.new("RGB", (8, 4)).save(png, "PNG")
    good = parts["painting.jpg"]
    for junk in (b"junk", png.getvalue(), good[: len(good) // 2]):
        assert "not a JPEG" in refused(pack(tmp_path, {**parts, "painting.jpg": junk}))
    # Its header declares 60,000 x 60,000 pixels.
    at = good.index(b"\xff\xc0") + 5
    bomb = good[:at] + struct.pack(">HH", 60_000, 60_000) + good[at + 4 :]
    refused(pack(tmp_path, {**parts, "painting.jpg": bomb}))
    large = good[:at] + struct.pack(">HH", 10_000, 10_000) + good[at + 4 :]
    assert "pixels" in refused(pack(tmp_path, {**parts, "painting.jpg": large}))


def test_decompression_is_limited(
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


def test_invalid_archives(tmp_path: Path, parts: dict[str, bytes]) -> None:
    whole = pack(tmp_path, parts).read_bytes()
    path = tmp_path / "stranger.keras"
    for content in (b"", b"junk", whole[: len(whole) // 2], whole[:-1], b"\x89HDF\r\n\x1a\n"):
        path.write_bytes(content)
        assert "not an archive" in refused(path)
    # A part with damaged bytes.
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
    assert "duplicate names" in refused(path)


def test_a_folder_and_a_missing_file_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "folder.keras").mkdir()
    for name in ("folder.keras", "missing.keras"):
        for function in (StyleNetwork.load, check_network):
            with pytest.raises(FileNotFoundError, match="does not exist or is not a file"):
                function(tmp_path / name)
