"""A gray photograph stays gray in modes that keep its colors; noise is not amplified."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nst_framework import Trainer
from nst_framework.images.colors import is_gray
from nst_framework.images.inputs import make_inputs

GRAY_PRESERVING = ["luminance", "cholesky", "symmetric", "histogram"]


def chroma(image: np.ndarray) -> np.ndarray:
    """The range of the channels, in pixel values."""
    return np.ptp(image[..., :3].astype(int), axis=-1)


def gray(height: int = 20, width: int = 26) -> np.ndarray:
    light = np.random.default_rng(0).integers(20, 236, (height, width, 1), dtype=np.uint8)
    return light.repeat(3, axis=2)


def noisy(image: np.ndarray, levels: int = 1) -> np.ndarray:
    noise = np.random.default_rng(1).integers(-levels, levels + 1, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("color", GRAY_PRESERVING)
@pytest.mark.parametrize("content", [gray(), noisy(gray())], ids=["gray", "scan"])
def test_gray_content_gives_a_gray_result(
    color: str, content: np.ndarray, trainer: Trainer, fit_arguments: dict[str, Any]
) -> None:
    trainer.fit(**{**fit_arguments, "content": content, "color": color})
    assert chroma(trainer.style).max() == 0
    assert chroma(trainer.image).mean() <= chroma(content).mean()
    assert chroma(trainer.image).max() <= chroma(content).max() + 1
    assert np.abs(trainer.image.astype(int) - content).max() > 5, "the run has changed it"


def test_the_mode_is_the_same_at_all_scales(style: np.ndarray) -> None:
    content = noisy(gray(400, 300), levels=2)
    inputs = make_inputs(content, style, 300, "histogram")
    assert [inputs.read(scale).color.name for scale in (0.1, 0.5, 1.0)] == ["luminance"] * 3


def test_placed_colors_of_a_gray_scan_are_one_color(style: np.ndarray) -> None:
    content = noisy(gray(64, 64))
    read = make_inputs(content, style, None, "placed").read(1.0)
    flat = np.full_like(content, 128)
    assert np.ptp(read.present(flat), axis=(0, 1)).max() <= 1


@pytest.mark.parametrize(
    ("color", "expected"),
    [((1.0, 1.0, 1.0), True), ((1.0, 0.85, 0.65), False), ((1.0, 0.95, 1.0), False)],
)
def test_a_tint_counts_as_color(color: tuple[float, ...], expected: bool) -> None:
    assert is_gray((gray() * np.array(color)).astype(np.uint8)) is expected


def test_a_small_colored_area_counts_as_color() -> None:
    content = gray(128, 128)
    content[60:64, 60:64] = (200, 30, 30)
    assert not is_gray(content)


def test_transparent_pixels_do_not_count() -> None:
    content = gray()
    content[:9] = (255, 0, 0)
    alpha = np.full(content.shape[:2], 255, np.uint8)
    alpha[:9] = 0
    assert is_gray(content, alpha)
    assert not is_gray(content)
    assert not is_gray(content, np.zeros_like(alpha)), "nothing shows, so everything counts"
