"""The networks of `nst transfer --network`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from command_line import one_error_line, transfer

pytestmark = pytest.mark.usefixtures("folder")


NETWORK = """
from nst_framework import RandomFeatureExtractor

class Small(RandomFeatureExtractor):
    def __init__(self, filters=2, sizes=(3,), seed=0):
        super().__init__(filters, sizes, seed)
"""


def test_other_networks(capfd: pytest.CaptureFixture[str]) -> None:
    Path("my_network.py").write_text(NETWORK)
    layers = ["--content-layers", "filters_3", "--style-layers", "filters_3", "--quiet"]
    for network in ("random", "RandomFeatureExtractor,filters=2", "my_network.py:Small,seed=1"):
        assert transfer("--network", network, *layers) == 0, capfd.readouterr()
    record = tomllib.loads(Path("content-style-3.png.toml").read_text())
    assert record["network"] == "my_network.py:Small,seed=1"
    assert transfer("--network", "random", "--quiet") == 2
    assert "Unknown layer 'block4_conv2' for the network random" in one_error_line(capfd)
    assert transfer("--network", "vgg17", "--quiet") == 2
    assert "vgg17 to be a subclass of nst_framework's FeatureExtractor" in one_error_line(capfd)


def test_vgg19_accepts_a_weights_file(capfd: pytest.CaptureFixture[str]) -> None:
    assert transfer("--network", "vgg19", "--weights", "none.h5", "--quiet") == 2
    assert "the path of a Keras .h5 file of VGG19" in one_error_line(capfd)
