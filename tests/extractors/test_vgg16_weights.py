"""Where the weights come from, and that 8 bits are enough."""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from nst_framework import ContentLoss, Objective, StyleLoss, VGG16FeatureExtractor, read_image
from nst_framework.extractors import vgg16_weights
from nst_framework.extractors.vgg16_weights import CONVOLUTIONS, load_weights, pack, unpack
from nst_framework.images import to_batch

IMAGES = Path(__file__).parents[2] / "examples" / "images"


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of VGG16 as Keras itself writes it, with random weights."""
    path = tmp_path_factory.mktemp("weights") / "vgg16.weights.h5"
    model = keras.applications.VGG16(include_top=False, weights=None)
    for name, weights in load_weights(None, seed=5).items():
        model.get_layer(name).set_weights(weights)
    model.save_weights(path)
    return path


def assert_equal_weights(one: vgg16_weights.Weights, other: vgg16_weights.Weights) -> None:
    for name, _ in CONVOLUTIONS:
        np.testing.assert_array_equal(one[name][0], other[name][0])
        np.testing.assert_array_equal(one[name][1], other[name][1])


def test_random_weights_are_seeded() -> None:
    assert_equal_weights(load_weights(None, seed=2), load_weights(None, seed=2))
    assert (
        load_weights(None, 2)["block1_conv1"][0] != load_weights(None, 3)["block1_conv1"][0]
    ).any()


def test_a_file_that_keras_wrote(keras_file: Path) -> None:
    assert_equal_weights(load_weights(str(keras_file)), load_weights(None, seed=5))


def test_packing_keeps_each_channel_within_half_a_step() -> None:
    weights = load_weights(None, seed=1)
    again = unpack(pack(weights))
    for name, (kernel, bias) in weights.items():
        step = np.abs(kernel).max(axis=(0, 1, 2)) / 127
        assert (np.abs(again[name][0] - kernel) <= 0.501 * step).all()
        np.testing.assert_array_equal(again[name][1], bias)


def test_packing_survives_a_dead_channel() -> None:
    weights = load_weights(None)
    weights["block1_conv1"][0][..., 7] = 0
    assert (unpack(pack(weights))["block1_conv1"][0][..., 7] == 0).all()


def test_bundled_weights_have_the_published_statistics() -> None:
    # Of Keras's own file; 8 bits change them in the third digit.
    weights = load_weights("bundled")
    kernel, _ = weights["block1_conv1"]
    assert kernel.shape == (3, 3, 3, 64)
    assert kernel.mean() == pytest.approx(-0.0024379, abs=2e-4)
    assert kernel.std() == pytest.approx(0.20669945, rel=1e-3)
    kernel, bias = weights["block5_conv3"]
    assert kernel.std() == pytest.approx(0.008478405, rel=0.01)
    assert bias.mean() == pytest.approx(0.14986369, rel=1e-5)


FULL_PRECISION = os.environ.get("NST_VGG16_WEIGHTS")


@pytest.mark.skipif(FULL_PRECISION is None, reason="NST_VGG16_WEIGHTS names no full-precision file")
def test_bundled_and_full_precision_agree() -> None:
    content = to_batch(read_image(IMAGES / "chelsea.png", 128))
    style = to_batch(read_image(IMAGES / "brush_strokes.jpg", 128))
    losses = [ContentLoss(), StyleLoss()]

    def gradient(weights: str) -> np.ndarray:
        objective = Objective(
            VGG16FeatureExtractor(weights),
            losses,
            {loss.name: loss.default_weight for loss in losses},
            content,
            style,
        )
        return objective(content).gradient.astype(np.float64).ravel()

    packed, full = gradient("bundled"), gradient(str(FULL_PRECISION))
    assert packed @ full / np.linalg.norm(packed) / np.linalg.norm(full) > 0.998


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="'bundled', 'imagenet', None.*none.h5"):
        VGG16FeatureExtractor(str(tmp_path / "none.h5"))


def test_files_of_something_else(tmp_path: Path) -> None:
    text = tmp_path / "text.h5"
    text.write_text("no weights")
    other = tmp_path / "other.weights.h5"
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.save_weights(other)
    for path in (text, other):
        with pytest.raises(ValueError, match="include_top=False"):
            load_weights(str(path))


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(keras_file: Path) -> Iterator[str]:
    handler = functools.partial(QuietHandler, directory=str(keras_file.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Keras cache, and a file name that Keras can tell the format by."""
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path))
    monkeypatch.setattr(vgg16_weights, "IMAGENET_FILE", "vgg16.weights.h5")
    return tmp_path


def test_imagenet_weights_are_downloaded_once_into_the_cache_of_keras(
    server: str, keras_file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vgg16_weights, "IMAGENET_URL", f"{server}/{keras_file.name}")
    digest = hashlib.md5(keras_file.read_bytes()).hexdigest()
    monkeypatch.setattr(vgg16_weights, "IMAGENET_MD5", digest)
    assert_equal_weights(load_weights("imagenet"), load_weights(None, seed=5))
    assert (cache / "models" / "vgg16.weights.h5").exists()
    monkeypatch.setattr(vgg16_weights, "IMAGENET_URL", f"{server}/gone")
    assert_equal_weights(load_weights("imagenet"), load_weights(None, seed=5))


@pytest.mark.parametrize("reason", ["missing", "damaged", "unreachable"])
def test_a_download_that_fails_names_the_two_ways_out(
    reason: str, server: str, keras_file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = {
        "missing": f"{server}/missing.h5",
        "damaged": f"{server}/{keras_file.name}",
        "unreachable": "http://127.0.0.1:9/vgg16.weights.h5",
    }[reason]
    monkeypatch.setattr(vgg16_weights, "IMAGENET_URL", url)
    with pytest.raises(ConnectionError, match="weights='bundled'.*pass its path") as error:
        VGG16FeatureExtractor("imagenet")
    assert url in str(error.value)
