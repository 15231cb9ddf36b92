"""A valid network file, from which others are made."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from nst_framework import StyleNetwork
from nst_framework.style_network.record import Record


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The parts of a valid file, by name."""
    path = tmp_path_factory.mktemp("network") / "good.keras"
    network = StyleNetwork(styles=2, width=1, blocks=1)
    thumbnail = io.BytesIO()
    Image.new("RGB", (8, 4), "red").save(thumbnail, "JPEG")
    network.learned = Record(("a", "b"), {"losses": []}, {}, thumbnail.getvalue())
    network.save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
