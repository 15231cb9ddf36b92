"""The color mode affine and the preset photo transfer colors, but no edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, sobel
from skimage import data

from nst_framework import Trainer, read_image
from nst_framework.images.color_matching import luminance
from nst_framework.images.colors import color_mode
from nst_framework.images.local_colors import FITTED_SIZE, recolor_locally


@pytest.fixture
def photograph() -> np.ndarray:
    """A photograph with smooth and structured areas, `(height, width, 3)`, uint8."""
    return read_image(data.astronaut(), 192)


def gradients(image: np.ndarray) -> np.ndarray:
    """The gradient of the slightly smoothed luminance: `(2, height, width)`."""
    smooth = gaussian_filter(luminance(image), 1)
    return np.stack([sobel(smooth, 0), sobel(smooth, 1)])


def agreement(image: np.ndarray, content: np.ndarray) -> float:
    """The mean cosine between both gradients, weighted by the content's gradient length."""
    ours, theirs = gradients(image), gradients(content)
    lengths = np.linalg.norm(ours, axis=0) * np.linalg.norm(theirs, axis=0)
    cosine = (ours * theirs).sum(0) / np.maximum(lengths, 1e-9)
    weights = np.linalg.norm(theirs, axis=0)
    return float((weights * cosine).sum() / weights.sum())


def strokes(shape: tuple[int, ...]) -> np.ndarray:
    """Streaks a few pixels wide, like brush strokes."""
    noise = np.random.default_rng(0).normal(size=shape[:2])
    streaks = gaussian_filter(noise, (1, 5))
    return 40 * (streaks / streaks.std())[..., None] * np.ones(3)


def test_the_content_itself_does_not_change(photograph: np.ndarray) -> None:
    np.testing.assert_allclose(recolor_locally(photograph, photograph), photograph, atol=1e-3)


@pytest.mark.parametrize("size", [192, FITTED_SIZE + 88])
def test_a_linear_change_of_colors_is_reproduced(size: int) -> None:
    content = read_image(data.astronaut(), size).astype(np.float32)
    matrix = np.array([[0.5, 0.2, 0.0], [0.1, 0.6, 0.0], [0.0, 0.1, 0.8]])
    changed = content @ matrix + [40, 10, 0]
    recolored = recolor_locally(content, changed)
    assert recolored.shape == content.shape
    assert np.abs(recolored - changed).mean() < 4
    assert np.abs(content - changed).mean() > 20


def test_strokes_leave_no_edges(photograph: np.ndarray) -> None:
    content = photograph.astype(np.float32)
    content[:96] = 150.0
    painted = content * [0.6, 0.8, 1.0] + strokes(content.shape)
    recolored = recolor_locally(content, painted)
    assert agreement(painted[100:], content[100:]) < 0.9
    assert agreement(recolored[100:], content[100:]) > 0.97
    flat = recolored[10:80]
    steps = np.abs(np.diff(flat, axis=1)).max(), np.abs(np.diff(flat, axis=0)).max()
    assert max(steps) < 2, "a flat area stays flat, from pixel to pixel"
    assert np.abs(np.diff(painted[10:80], axis=0)).max() > 50
    np.testing.assert_allclose(flat.mean((0, 1)), 150 * np.array([0.6, 0.8, 1.0]), atol=6)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 40, 3), (700, 2, 3)])
def test_any_size(shape: tuple[int, int, int]) -> None:
    flat = np.full(shape, 100, np.uint8)
    mode = color_mode("affine")
    assert np.abs(mode.present(flat + np.uint8(50), flat).astype(int) - 150).max() <= 1
    assert mode.present(flat.astype(np.float32), flat).dtype == np.float32


def test_a_photograph_takes_on_the_light_of_another(photograph: np.ndarray) -> None:
    evening = read_image(data.rocket(), 96)
    trainer = Trainer.from_preset("photo")
    trainer.fit(photograph, evening, size=96, verbose=0)
    result, content = trainer.image, trainer.content

    def distance(image: np.ndarray) -> float:
        """The distance of the mean color from the evening photograph's."""
        return float(np.linalg.norm(image.mean((0, 1)) - evening.mean((0, 1))))

    assert distance(result) < 0.3 * distance(content)
    assert agreement(result, content) > 0.9
    assert agreement(trainer.run.pixels, content) < agreement(result, content)
