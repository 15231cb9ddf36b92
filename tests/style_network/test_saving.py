"""Saving and loading as Keras users expect; the file contains only the network."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from networks import random_network, tiny_objective
from skimage import data

from nst_framework import StyleNetwork
from nst_framework.style_network.record import Record
from nst_framework.style_network.register import register_with_keras

PHOTOGRAPH = data.astronaut()[:96:3, :120:3]


def batch(count: int = 2, size: int = 32) -> np.ndarray:
    pixels = np.random.default_rng(0).uniform(0, 255, (count, size, size, 3))
    return pixels.astype(np.float32)


def assert_paints_alike(network: keras.Model, other: keras.Model) -> None:
    assert isinstance(network, StyleNetwork)
    assert isinstance(other, StyleNetwork)
    pictures = [each.paint(PHOTOGRAPH, None).astype(int) for each in (network, other)]
    assert pictures[0].std() > 20
    np.testing.assert_allclose(*pictures, atol=1)


@pytest.fixture(scope="module")
def trained() -> StyleNetwork:
    network = random_network(styles=2)
    network.compile("adam", loss=tiny_objective(2))
    network.fit(batch(), batch(), verbose=0)
    return network


def test_a_file_contains_only_the_network_in_16_bits(tmp_path: Path, trained: StyleNetwork) -> None:
    network = trained
    path = tmp_path / "x.keras"
    network.save(path)
    assert path.stat().st_size < 2.2 * network.count_params() + 100_000
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == {
            "metadata.json",
            "config.json",
            "model.weights.h5",
            "painting.json",
            "painting.jpg",
        }
        assert b"optimizer" not in archive.read("config.json")
        content = io.BytesIO(archive.read("model.weights.h5"))
    names: list[str] = []
    with h5py.File(content) as weights:
        weights.visit(names.append)
        arrays = [weights[name] for name in names if isinstance(weights[name], h5py.Dataset)]
        assert sum(array.size for array in arrays) == network.count_params()
        assert {array.dtype for array in arrays} == {np.dtype(np.float16)}
    allowed = ("enlarging", "layers", "vars")
    assert all(name.startswith(allowed) for name in names), names
    loaded = StyleNetwork.load(path)
    assert loaded.learned.names == ("style 1", "style 2")
    assert loaded.learned.objective["style_size"] == 32
    assert loaded.learned.thumbnail.startswith(b"\xff\xd8")
    assert_paints_alike(network, loaded)


def test_saving_keeps_the_record_of_a_loaded_network(tmp_path: Path) -> None:
    network = random_network()
    network.learned = Record(("a",), {"losses": ["style"]}, {"keras": "3"}, b"")
    network.save(tmp_path / "x.keras")
    StyleNetwork.load(tmp_path / "x.keras").save(tmp_path / "y.keras")
    assert StyleNetwork.load(tmp_path / "y.keras").learned == network.learned


def test_keras_loads_it_in_a_process_that_only_imports_the_package(tmp_path: Path) -> None:
    path, picture = tmp_path / "x.keras", tmp_path / "x.npy"
    network = random_network(styles=2)
    network.save(path)
    code = (
        "import nst_framework, keras, numpy, sys\n"
        "network = keras.saving.load_model(sys.argv[1])\n"
        "assert type(network) is nst_framework.StyleNetwork\n"
        "numpy.save(sys.argv[2], network.paint(numpy.full((16, 16, 3), 99, 'uint8'), None))\n"
    )
    subprocess.run([sys.executable, "-c", code, path, picture], check=True)
    expected = network.paint(np.full((16, 16, 3), 99, np.uint8), None).astype(int)
    np.testing.assert_allclose(np.load(picture), expected, atol=1)


def test_keras_loads_it_where_keras_is_imported_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random_network().save(tmp_path / "x.keras")
    monkeypatch.delitem(keras.saving.get_custom_objects(), "nst_framework>StyleNetwork")
    with pytest.raises(TypeError, match="Could not locate"):
        keras.saving.load_model(tmp_path / "x.keras")
    register_with_keras()
    assert type(keras.saving.load_model(tmp_path / "x.keras")) is StyleNetwork


def test_keras_saves_and_loads_it_and_models_that_contain_it(
    tmp_path: Path, trained: StyleNetwork
) -> None:
    network = trained
    keras.saving.save_model(network, tmp_path / "x.keras")
    loaded = keras.saving.load_model(tmp_path / "x.keras")
    assert not loaded.compiled
    assert_paints_alike(network, loaded)
    assert_paints_alike(network, StyleNetwork.load(tmp_path / "x.keras"))
    inputs = keras.Input((None, None, 3))
    around = keras.Model(inputs, network(inputs) / 255)
    around.save(tmp_path / "y.keras")
    loaded = keras.saving.load_model(tmp_path / "y.keras")
    np.testing.assert_allclose(
        loaded.predict(batch(), verbose=0), around.predict(batch(), verbose=0), atol=1e-5
    )


def test_weights_can_be_loaded_into_another_network(tmp_path: Path, trained: StyleNetwork) -> None:
    network = trained
    network.save_weights(tmp_path / "x.weights.h5")
    with h5py.File(tmp_path / "x.weights.h5") as weights:
        assert set(weights) <= {"enlarging", "layers", "optimizer", "vars"}
    assert (tmp_path / "x.weights.h5").stat().st_size < 20 * network.count_params() + 200_000
    other = StyleNetwork(styles=2, width=2, blocks=1)
    other.compile("adam", loss=tiny_objective(2))
    other.optimizer.build(other.trainable_variables)
    other.load_weights(tmp_path / "x.weights.h5")
    np.testing.assert_array_equal(network.paint(PHOTOGRAPH, None), other.paint(PHOTOGRAPH, None))


def test_a_clone_has_the_same_architecture() -> None:
    network = random_network(styles=3)
    clone = keras.models.clone_model(network)
    assert isinstance(clone, StyleNetwork)
    assert (clone.styles, clone.width, clone.blocks) == (3, 2, 1)
    clone.set_weights(network.get_weights())
    np.testing.assert_array_equal(network.paint(PHOTOGRAPH, None), clone.paint(PHOTOGRAPH, None))


def test_a_subclass_is_saved_as_such(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable("tests_of_saving")
    class Inverse(StyleNetwork):
        def __init__(self, strength: float = 1.0, **kwargs: object) -> None:
            super().__init__(**kwargs)
            self.strength = strength

        def call(
            self, photographs: object, style: object = None, training: object = None
        ) -> object:
            return 255 - self.strength * super().call(photographs, style)

        def get_config(self) -> dict[str, object]:
            return {**super().get_config(), "strength": self.strength}

    network = Inverse(0.5, width=2, blocks=1)
    network.save(tmp_path / "x.keras")
    assert_paints_alike(network, keras.saving.load_model(tmp_path / "x.keras"))
    with pytest.raises(ValueError, match="another kind: 'Inverse'"):
        StyleNetwork.load(tmp_path / "x.keras")


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float32"])
def test_it_is_saved_under_each_policy_and_loaded_without_it(tmp_path: Path, policy: str) -> None:
    network = random_network(dtype=policy)
    assert network.dtype_policy.name == policy
    assert all(block.dtype_policy.name == policy for block in network.sequence)
    network.save(tmp_path / "x.keras")
    plain = StyleNetwork.load(tmp_path / "x.keras")
    assert keras.saving.load_model(tmp_path / "x.keras").dtype_policy.name == "float32"
    pictures = [each.paint(PHOTOGRAPH, None).astype(int) for each in (network, plain)]
    assert np.abs(pictures[0] - pictures[1]).mean() < 4
    keras.config.set_dtype_policy(policy)
    try:
        assert StyleNetwork.load(tmp_path / "x.keras").dtype_policy.name == policy
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="Reflects dynamic sizes.")
def test_an_exported_network_paints_any_size(tmp_path: Path) -> None:
    network = random_network(styles=2)
    network.export(tmp_path / "exported", verbose=False)
    served = keras.layers.TFSMLayer(tmp_path / "exported", call_endpoint="serve")
    for shape in ((1, 32, 40, 3), (3, 17, 9, 3)):
        photographs = np.random.default_rng(1).uniform(0, 255, shape).astype(np.float32)
        np.testing.assert_allclose(served(photographs), network(photographs), atol=1e-2)


def test_a_bad_path_or_bad_weights_leave_the_file_unchanged(tmp_path: Path) -> None:
    network = random_network()
    path = tmp_path / "x.keras"
    network.save(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        network.save(path, overwrite=False)
    with pytest.raises(ValueError, match="zipped"):
        network.save(path, zipped=False)
    with pytest.raises(ValueError, match=r"ends in one of \.keras"):
        network.save(tmp_path / "x.h5")
    for bad in (np.nan, np.inf, 1e6):
        weights = network.get_weights()
        weights[0] = weights[0] + bad
        network.set_weights(weights)
        with pytest.raises(ValueError, match="finite in 16 bits"):
            network.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("sizes", [{"width": 129}, {"styles": 0}, {"blocks": 17}, {"width": 2.0}])
def test_networks_that_could_not_be_loaded_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(sizes))):
        StyleNetwork(**sizes)
