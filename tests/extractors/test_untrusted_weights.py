"""Files of weights never run code; each is either loaded or refused."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import pickle
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from nst_framework.extractors.vgg16 import VGG16
from nst_framework.extractors.vgg_weights import load_weights


class Evil:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch '{self.path}'",)


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as members_of:
        for name, content in members.items():
            members_of.writestr(name.replace("_", "."), content)
    return file.getvalue()


def with_lambda(path: Path, evil: Path) -> bytes:
    def touch(values: object) -> object:
        evil.touch()
        return values

    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(touch)])
    evil.unlink(missing_ok=True)
    model.save(path)
    return path.read_bytes()


def with_external_link(path: Path) -> bytes:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"block1_conv1"]
        file["block1_conv1"] = h5py.ExternalLink("/etc/hosts", "/")
    return path.read_bytes()


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("extension", [".h5", ".weights.h5", ".keras", ".npz", ".pkl", ""])
@pytest.mark.parametrize("kind", ["pickle", "objects", "archive", "lambda", "link", "empty"])
def test_no_file_of_weights_runs_code(kind: str, extension: str, tmp_path: Path) -> None:
    evil = tmp_path / "evil was here"
    pickled = pickle.dumps(Evil(evil))
    objects = io.BytesIO()
    np.savez(objects, weights=np.array([Evil(evil)], object))
    contents = {
        "pickle": pickled,
        "objects": objects.getvalue(),
        "archive": archive(config_json=b"{}", model_weights_h5=pickled, model_weights_npz=pickled),
        "lambda": with_lambda(tmp_path / "model.keras", evil),
        "link": with_external_link(tmp_path / "link.h5"),
        "empty": b"",
    }[kind]
    evil.unlink(missing_ok=True)
    path = tmp_path / f"weights{extension}"
    path.write_bytes(contents)
    with pytest.raises(ValueError, match="without its top.*which Keras cannot load: .+"):
        load_weights(VGG16, str(path))
    assert not evil.exists()


def test_the_pickle_of_these_tests_would_run(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Evil(tmp_path / "evil was here")))
    assert (tmp_path / "evil was here").exists()


def test_a_file_in_the_cache_is_checked_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A foreign file with the right name is not loaded if it cannot be replaced."""
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path))
    loaded: list[object] = []
    monkeypatch.setattr(
        keras.Model, "load_weights", lambda self, path, **_: loaded.append(path), raising=True
    )
    name = VGG16.imagenet_url.rpartition("/")[2]
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / name).write_bytes(b"other weights")
    offline = dataclasses.replace(VGG16, imagenet_url=f"http://127.0.0.1:9/{name}")
    with pytest.raises(ConnectionError, match="Could not download"):
        load_weights(offline, "imagenet")
    assert not loaded
    (tmp_path / "models" / name).write_bytes(b"other weights")
    right = hashlib.md5(b"other weights").hexdigest()
    load_weights(dataclasses.replace(offline, imagenet_md5=right), "imagenet")
    assert loaded == [tmp_path / "models" / name]
