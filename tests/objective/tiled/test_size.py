"""The choice of tiles and their size for the available memory."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from conftest import TinyExtractor, compile_tiny

from nst_framework import (
    ContentLoss,
    Recipe,
    StyleLoss,
    TotalVariationLoss,
    Trainer,
    VGG16FeatureExtractor,
)
from nst_framework.backend import device_memory
from nst_framework.memory import available_memory
from nst_framework.objective.tiled.size import choose_tile_size

LOSSES = [ContentLoss(), StyleLoss(), TotalVariationLoss()]


@pytest.fixture(scope="module")
def vgg16() -> VGG16FeatureExtractor:
    return VGG16FeatureExtractor(weights=None)


def choose(extractor: VGG16FeatureExtractor, size: int, gigabytes: float) -> int | None:
    shapes = [(size, size), (size, size // 2)]
    return choose_tile_size(shapes, Recipe(extractor, LOSSES, {}), 400.0 * size**2, gigabytes * 1e9)


def test_tiles_are_used_only_if_the_whole_image_does_not_fit(vgg16: VGG16FeatureExtractor) -> None:
    assert choose(vgg16, 512, 16) is None
    assert choose(vgg16, 4096, 1000) is None
    large = choose(vgg16, 4096, 24)
    small = choose(vgg16, 4096, 13)
    assert large is not None
    assert small is not None
    assert small < large


def test_too_little_memory_even_for_tiles(vgg16: VGG16FeatureExtractor) -> None:
    with pytest.raises(MemoryError, match=r"GB of memory.*30000 x 30000.*16.0 GB.*smaller size"):
        choose(vgg16, 30000, 16)


def test_the_error_for_a_network_without_tiles_says_what_to_do() -> None:
    class Unknown(TinyExtractor):
        def values_per_pixel(self, layers: object) -> float:
            return 1e9

        def receptive_field(self, layer: str) -> None:
            return None

    content = np.zeros((64, 64, 3), np.uint8)
    trainer = Trainer(Unknown())
    trainer.compile([ContentLoss(["first"])])
    with pytest.raises(ValueError, match=r"receptive_field\('first'\)` is None.*tile_size=None"):
        trainer.fit(content, content, epochs=1, steps_per_epoch=1, verbose=0)


def test_a_run_warns_if_the_device_memory_is_unknown(
    trainer: Trainer, fit_arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nst_framework.run.stages.device_memory", lambda: None)
    with pytest.warns(
        UserWarning, match=r"does not report how much memory.*Pass a tile_size"
    ) as seen:
        trainer.fit(**fit_arguments)
    assert seen[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        compile_tiny(trainer, tile_size=32)
        trainer.fit(**fit_arguments)


def test_tiles_depend_on_the_free_device_memory(
    trainer: Trainer, fit_arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nst_framework.run.stages.device_memory", lambda: int(1e6))
    with pytest.raises(MemoryError, match=r"Received: 0\.0 GB"):
        trainer.fit(**fit_arguments)


def test_a_cpu_has_the_memory_available_on_the_machine() -> None:
    assert device_memory() == pytest.approx(available_memory(), rel=0.2)
