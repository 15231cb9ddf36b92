"""Photographs are painted whole or in bands, with the same result, in the chosen colors."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import keras
import numpy as np
import pytest
from networks import random_network
from skimage import data
from skimage.color import rgb2yuv

from nst_framework import StyleNetwork
from nst_framework.style_network import painting
from nst_framework.style_network.record import Record

SIZES = [(1, 1), (1, 9), (3, 40), (8, 8), (13, 9), (17, 16), (64, 48), (61, 83)]


@pytest.fixture(scope="module")
def network() -> StyleNetwork:
    return random_network(styles=2)


@pytest.mark.parametrize("shape", SIZES)
def test_bands_are_the_whole(
    network: StyleNetwork, shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    photograph = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    whole = network.paint(photograph, None, [0.3, 0.7], in_bands=False)
    assert whole.shape == photograph.shape
    assert whole.dtype == np.uint8
    for rows in (1, 3, 7, 1000):
        monkeypatch.setattr(painting, "LARGEST_BAND", rows * max(8, shape[1]))
        bands = network.paint(photograph, None, [0.3, 0.7], in_bands=True)
        np.testing.assert_allclose(bands.astype(int), whole, atol=1)


def test_bands_are_the_whole_under_another_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(dtype="mixed_bfloat16")
    photograph = data.astronaut()[::8, ::6]
    monkeypatch.setattr(painting, "LARGEST_BAND", 10 * photograph.shape[1])
    whole, bands = (network.paint(photograph, None, in_bands=each) for each in (False, True))
    # 16 bits have about two digits, and bands add in another order.
    assert np.abs(whole.astype(int) - bands).mean() < 4


def test_large_photographs_are_painted_in_bands_in_bounded_memory(
    network: StyleNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measures NumPy's arrays; the backend holds only one band."""
    monkeypatch.setattr(painting, "LARGEST_WHOLE", 2**18)
    monkeypatch.setattr(painting, "LARGEST_BAND", 2**14)
    photograph = np.random.default_rng(0).integers(0, 256, (640, 512, 3), np.uint8)
    monkeypatch.setattr(keras.Model, "__call__", lambda *args, **kwargs: pytest.fail("At once."))
    tracemalloc.start()
    try:
        network.paint(photograph, None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Two copies of the largest layer's features, 2 float32 per pixel, and of the image.
    assert peak < photograph.nbytes / 3 * 4 * (2 * network.width + 2 * 3) * 1.5


def test_size_is_the_longer_side(network: StyleNetwork, tmp_path: Path) -> None:
    assert network.paint(data.astronaut()[:300], 64).shape == (38, 64, 3)
    assert network.paint(data.astronaut()[:30, :20], None).shape == (30, 20, 3)
    with pytest.raises(ValueError, match="size"):
        network.paint(data.astronaut(), 0)
    with pytest.raises(FileNotFoundError):
        network.paint(tmp_path / "missing.png")


def test_styles_are_weighted_and_selected(network: StyleNetwork) -> None:
    photograph = data.astronaut()[::16, ::16]
    first = network.paint(photograph, None)
    np.testing.assert_array_equal(first, network.paint(photograph, None, [1, 0]))
    second = network.paint(photograph, None, [0, 0.2])
    np.testing.assert_array_equal(second, network.paint(photograph, None, [0.0, 1.0]))
    assert (first != second).any()
    network.default_style = 1
    try:
        np.testing.assert_array_equal(second, network.paint(photograph, None))
    finally:
        network.default_style = 0


@pytest.mark.parametrize(
    "style", [[1], [1, 0, 0], [0, 0], [-1, 2], [np.nan, 1], [True, 0], ["1", 0], 1, "ab"]
)
def test_invalid_style_weights(network: StyleNetwork, style: object) -> None:
    with pytest.raises(ValueError, match=r"`style`.*Received: style="):
        network.paint(data.astronaut()[:8, :8], None, style)  # type: ignore[arg-type]


def test_loading_a_painting_by_name_sets_the_default_style(tmp_path: Path) -> None:
    network = random_network(styles=2)
    network.learned = Record(("a", "b"))
    network.save(tmp_path / "x.keras")
    assert StyleNetwork.load(tmp_path / "x.keras").default_style == 0


def test_luminance_keeps_the_colors_of_the_photograph(network: StyleNetwork) -> None:
    photograph = data.astronaut()[::8, ::8]
    painted = network.paint(photograph, None, color="luminance")
    # Only where no channel was clipped.
    inside = ((painted > 0) & (painted < 255)).all(-1)
    assert inside.mean() > 0.5
    colors = [rgb2yuv(each)[inside][:, 1:] for each in (painted, photograph)]
    assert np.abs(colors[0] - colors[1]).mean() < 0.02


def test_colors_can_be_transferred_from_the_photograph(network: StyleNetwork) -> None:
    photograph = data.astronaut()[::8, ::8]
    for color in ("cholesky", "symmetric", "histogram"):
        painted = network.paint(photograph, None, color=color)
        np.testing.assert_allclose(painted.mean((0, 1)), photograph.mean((0, 1)), atol=12)
    for color in ("placed", "other"):
        with pytest.raises(ValueError, match="color"):
            network.paint(photograph, None, color=color)


def test_a_gray_photograph_stays_gray_if_its_colors_are_kept(network: StyleNetwork) -> None:
    painted = network.paint(data.camera()[::8, ::8], None, color="cholesky")
    assert np.ptp(painted.astype(int), axis=-1).max() <= 1


def test_alpha_is_kept_and_hidden_pixels_have_no_effect(network: StyleNetwork) -> None:
    photograph = data.astronaut()[::8, ::8]
    alpha = np.full((*photograph.shape[:2], 1), 255, np.uint8)
    alpha[:, :20], alpha[:, 20:30] = 0, 128
    cut_out = np.dstack([photograph, alpha])
    painted = network.paint(cut_out, None)
    np.testing.assert_array_equal(painted[..., 3:], alpha)
    other = np.where(alpha == 0, 90, cut_out).astype(np.uint8)
    other[..., 3:] = alpha
    np.testing.assert_array_equal(painted, network.paint(other, None))
