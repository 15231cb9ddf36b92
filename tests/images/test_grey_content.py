"""A grey photograph stays grey where its colours are promised, and its noise stays noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nst_framework import Trainer
from nst_framework.images.colors import is_grey
from nst_framework.images.inputs import make_inputs

PROMISING = ["luminance", "cholesky", "symmetric", "histogram"]


def chroma(image: np.ndarray) -> np.ndarray:
    """The distance of the channels from each other, in pixel values."""
    return np.ptp(image[..., :3].astype(int), axis=-1)


def grey(height: int = 20, width: int = 26) -> np.ndarray:
    light = np.random.default_rng(0).integers(20, 236, (height, width, 1), dtype=np.uint8)
    return light.repeat(3, axis=2)


def noisy(image: np.ndarray, levels: int = 1) -> np.ndarray:
    noise = np.random.default_rng(1).integers(-levels, levels + 1, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("color", PROMISING)
@pytest.mark.parametrize("content", [grey(), noisy(grey())], ids=["grey", "scan"])
def test_a_grey_content_gives_a_grey_picture(
    color: str, content: np.ndarray, trainer: Trainer, fit_arguments: dict[str, Any]
) -> None:
    trainer.fit(**{**fit_arguments, "content": content, "color": color})
    assert chroma(trainer.style).max() == 0
    assert chroma(trainer.image).mean() <= chroma(content).mean()
    assert chroma(trainer.image).max() <= chroma(content).max() + 1
    assert np.abs(trainer.image.astype(int) - content).max() > 5, "the run has changed it"


def test_the_mode_is_the_same_at_all_scales(style: np.ndarray) -> None:
    content = noisy(grey(400, 300), levels=2)
    inputs = make_inputs(content, style, 300, "histogram")
    assert [inputs.read(scale).color.name for scale in (0.1, 0.5, 1.0)] == ["luminance"] * 3


def test_placed_colours_of_a_grey_scan_are_one_colour(style: np.ndarray) -> None:
    content = noisy(grey(64, 64))
    read = make_inputs(content, style, None, "placed").read(1.0)
    flat = np.full_like(content, 128)
    assert np.ptp(read.present(flat), axis=(0, 1)).max() <= 1


@pytest.mark.parametrize(
    ("color", "expected"),
    [((1.0, 1.0, 1.0), True), ((1.0, 0.85, 0.65), False), ((1.0, 0.95, 1.0), False)],
)
def test_a_tone_that_follows_the_light_is_a_colour(
    color: tuple[float, ...], expected: bool
) -> None:
    assert is_grey((grey() * np.array(color)).astype(np.uint8)) is expected


def test_a_small_thing_of_another_colour_makes_a_picture_colourful() -> None:
    content = grey(128, 128)
    content[60:64, 60:64] = (200, 30, 30)
    assert not is_grey(content)


def test_what_is_transparent_does_not_count() -> None:
    content = grey()
    content[:9] = (255, 0, 0)
    alpha = np.full(content.shape[:2], 255, np.uint8)
    alpha[:9] = 0
    assert is_grey(content, alpha)
    assert not is_grey(content)
    assert not is_grey(content, np.zeros_like(alpha)), "nothing shows, so everything counts"
