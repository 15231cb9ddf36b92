"""The sources of the weights, and the precision of 8 bits."""

from __future__ import annotations

import dataclasses
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

from nst_framework import (
    ContentLoss,
    FeatureExtractor,
    Objective,
    Recipe,
    StyleLoss,
    VGG16FeatureExtractor,
    VGG19FeatureExtractor,
    read_image,
)
from nst_framework.extractors.vgg16 import VGG16
from nst_framework.extractors.vgg19 import VGG19
from nst_framework.extractors.vgg_weights import (
    Architecture,
    Weights,
    load_weights,
    pack,
    unpack,
)
from nst_framework.images.pixels import to_batch

IMAGES = Path(__file__).parents[2] / "examples" / "images"


@pytest.fixture(scope="module", params=[VGG16, VGG19], ids=lambda network: network.name)
def network(request: pytest.FixtureRequest) -> Architecture:
    return request.param


@pytest.fixture(scope="module")
def keras_file(network: Architecture, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the network with random weights, written by Keras."""
    path = tmp_path_factory.mktemp("weights") / "vgg.weights.h5"
    model = network.application(include_top=False, weights=None)
    for name, weights in load_weights(network, None, seed=5).items():
        model.get_layer(name).set_weights(weights)
    model.save_weights(path)
    return path


def assert_equal_weights(one: Weights, other: Weights) -> None:
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name][0], other[name][0])
        np.testing.assert_array_equal(one[name][1], other[name][1])


def test_random_weights_are_seeded() -> None:
    assert_equal_weights(load_weights(VGG16, None, seed=2), load_weights(VGG16, None, seed=2))
    assert (
        load_weights(VGG16, None, 2)["block1_conv1"][0]
        != load_weights(VGG16, None, 3)["block1_conv1"][0]
    ).any()


def test_a_file_written_by_keras(network: Architecture, keras_file: Path) -> None:
    assert_equal_weights(
        load_weights(network, str(keras_file)), load_weights(network, None, seed=5)
    )


def test_a_file_of_the_other_network(network: Architecture, keras_file: Path) -> None:
    other = {"VGG16": VGG19, "VGG19": VGG16}[network.name]
    with pytest.raises(ValueError, match=f"of {other.name} without its top"):
        load_weights(other, str(keras_file))


def test_packing_keeps_each_channel_within_half_a_step() -> None:
    weights = load_weights(VGG16, None, seed=1)
    again = unpack(pack(weights))
    for name, (kernel, bias) in weights.items():
        step = np.abs(kernel).max(axis=(0, 1, 2)) / 127
        assert (np.abs(again[name][0] - kernel) <= 0.501 * step).all()
        np.testing.assert_array_equal(again[name][1], bias)


def test_packing_survives_a_dead_channel() -> None:
    weights = load_weights(VGG16, None)
    weights["block1_conv1"][0][..., 7] = 0
    assert (unpack(pack(weights))["block1_conv1"][0][..., 7] == 0).all()


def test_bundled_weights_have_the_published_statistics() -> None:
    # Those of Keras's file; 8 bits change the third digit.
    weights = load_weights(VGG16, "bundled")
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
            Recipe(
                VGG16FeatureExtractor(weights),
                losses,
                {loss.name: loss.default_weight for loss in losses},
            ),
            content,
            style,
        )
        return objective(content).gradient.astype(np.float64).ravel()

    packed, full = gradient("bundled"), gradient(str(FULL_PRECISION))
    assert packed @ full / np.linalg.norm(packed) / np.linalg.norm(full) > 0.998


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="'bundled', 'imagenet', None.*none.h5"):
        VGG16FeatureExtractor(str(tmp_path / "none.h5"))


def test_vgg19_has_no_bundled_weights() -> None:
    with pytest.raises(ValueError, match="'imagenet', None, or the path.*'bundled'.*VGG19 are not"):
        VGG19FeatureExtractor("bundled")
    with pytest.raises(FileNotFoundError, match="Expected 'imagenet', None.*VGG19.*none.h5"):
        VGG19FeatureExtractor("none.h5")


def test_files_without_vgg_weights(tmp_path: Path) -> None:
    text = tmp_path / "text.h5"
    text.write_text("no weights")
    other = tmp_path / "other.weights.h5"
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.save_weights(other)
    for path in (text, other):
        with pytest.raises(ValueError, match="include_top=False"):
            load_weights(VGG16, str(path))


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
    """An empty Keras cache."""
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path))
    return tmp_path


def test_imagenet_weights_are_downloaded_once_into_the_keras_cache(
    network: Architecture, server: str, keras_file: Path, cache: Path
) -> None:
    digest = hashlib.md5(keras_file.read_bytes()).hexdigest()
    served, gone = (
        dataclasses.replace(
            network, imagenet_url=f"{address}/{keras_file.name}", imagenet_md5=digest
        )
        for address in (server, "http://127.0.0.1:9")
    )
    expected = load_weights(network, None, seed=5)
    assert_equal_weights(load_weights(served, "imagenet"), expected)
    assert (cache / "models" / keras_file.name).exists()
    assert_equal_weights(load_weights(gone, "imagenet"), expected)


@pytest.mark.parametrize("reason", ["missing", "damaged", "unreachable"])
def test_a_failed_download_names_both_alternatives(
    network: Architecture, reason: str, server: str, keras_file: Path, cache: Path
) -> None:
    url = {
        "missing": f"{server}/missing.h5",
        "damaged": f"{server}/{keras_file.name}",
        "unreachable": "http://127.0.0.1:9/vgg.weights.h5",
    }[reason]
    without_download = {
        "VGG16": r"weights='bundled'",
        "VGG19": r"VGG16FeatureExtractor\(\)",
    }[network.name]
    with pytest.raises(
        ConnectionError, match=f"{network.name} from.*{without_download}.*pass its path"
    ) as error:
        load_weights(dataclasses.replace(network, imagenet_url=url), "imagenet")
    assert url in str(error.value)


@pytest.mark.parametrize(
    ("extractor", "network"),
    [(VGG16FeatureExtractor, VGG16), (VGG19FeatureExtractor, VGG19)],
)
def test_addresses_and_digests_are_those_of_keras(
    extractor: type[FeatureExtractor], network: Architecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras and the extractor download the same file."""
    asked: list[tuple[str, str | None]] = []

    def get_file(name: str, origin: str, file_hash: str | None = None, **_: object) -> str:
        asked.append((origin, file_hash))
        raise OSError("no network")

    monkeypatch.setattr("keras.utils.get_file", get_file)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    with pytest.raises(OSError, match="no network"):
        network.application(include_top=False, weights="imagenet")
    with pytest.raises(ConnectionError):
        extractor("imagenet")
    assert len(asked) == 2
    assert asked[0] == asked[1]
