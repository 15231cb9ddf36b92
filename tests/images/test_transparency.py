"""A cut-out keeps its own colors: neither a background nor hidden colors mix in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nst_framework import Trainer, read_image, write_image
from nst_framework.images.transparency import read_cut_out

DARK_RED = (120, 20, 20)


def composite(image: np.ndarray, background: int) -> np.ndarray:
    """The image `(height, width, 4)` in front of a gray background, float64."""
    share = image[..., 3:] / 255
    return image[..., :3] * share + background * (1 - share)


def untouched(trainer: Trainer, arguments: dict[str, Any], content: Any, **others: Any) -> Any:
    """The result of a run without steps."""
    trainer.fit(**{**arguments, "content": content, "epochs": 1, "initial_epoch": 1, **others})
    return trainer.image


def test_content_is_returned_unchanged_for_every_alpha(
    trainer: Trainer, fit_arguments: dict[str, Any]
) -> None:
    content = np.empty((16, 16, 4), np.uint8)
    content[..., :3] = np.random.default_rng(0).integers(0, 256, (16, 16, 3))
    content[..., 3] = np.arange(256).reshape(16, 16)
    result = untouched(trainer, fit_arguments, content, size=None)
    np.testing.assert_array_equal(result[..., 3], content[..., 3])
    visible = content[..., 3] > 0
    np.testing.assert_array_equal(result[visible], content[visible])


@pytest.mark.parametrize("alpha", [1, 5, 128, 254])
@pytest.mark.parametrize("hidden", [(255, 255, 255), (0, 0, 0), (0, 255, 0)])
def test_a_hard_edge_stays_clean_when_reduced(alpha: int, hidden: Any) -> None:
    image = np.zeros((60, 60, 4), np.uint8)
    image[..., :3] = hidden
    image[7:41, 13:50] = (*DARK_RED, alpha)
    color, resized = read_cut_out(image, size=22)
    assert resized is not None
    assert resized.min() == 0 < resized.max(), "the result has an edge"
    np.testing.assert_array_equal(color, np.broadcast_to(np.uint8(DARK_RED), color.shape))


def test_reducing_a_cut_out_matches_reducing_its_composite() -> None:
    generator = np.random.default_rng(0)
    image = generator.integers(0, 256, (64, 48, 4), dtype=np.uint8)
    image[..., 3] = np.where(generator.random((64, 48)) < 0.5, 0, 255)
    color, alpha = read_cut_out(image, size=16)
    assert alpha is not None
    for background in (0, 255):
        before = composite(image, background)
        bands = [Image.fromarray(before[..., i].astype(np.float32)) for i in range(3)]
        expected = [np.asarray(each.resize((12, 16), Image.Resampling.LANCZOS)) for each in bands]
        found = composite(np.dstack([color, alpha]), background)
        difference = np.abs(found - np.clip(np.stack(expected, -1), 0, 255))
        # Where the filter overshoots, alpha and colors are clipped.
        assert difference.max() < 12
        assert difference.mean() < 1


def test_transparent_areas_are_filled_with_nearby_colors() -> None:
    image = np.zeros((20, 30, 4), np.uint8)
    image[:, :10] = (200, 40, 40, 255)
    image[:, 20:] = (40, 40, 200, 255)
    color, _ = read_cut_out(image)
    row = color[10].astype(int)
    np.testing.assert_allclose(row[10], (200, 40, 40), atol=25)
    np.testing.assert_allclose(row[19], (40, 40, 200), atol=25)
    assert (np.diff(row[:, 0]) <= 0).all(), "a monotonic transition"
    assert np.abs(np.diff(row, axis=0)).max() < 30


def test_a_fully_transparent_cut_out_is_read() -> None:
    image = np.zeros((4, 4, 4), np.uint8)
    image[..., 1] = 77
    color, alpha = read_cut_out(image)
    assert alpha is not None
    assert not alpha.any()
    assert color.shape == (4, 4, 3)


def test_opaque_images_have_no_alpha() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    for source in (image, np.dstack([image, np.full((40, 30), 255, np.uint8)])):
        color, alpha = read_cut_out(source, size=17)
        assert alpha is None
        np.testing.assert_array_equal(color, read_image(source, size=17))


def test_hidden_colors_do_not_affect_color_matching(
    trainer: Trainer, fit_arguments: dict[str, Any]
) -> None:
    content = np.full((20, 26, 4), 255, np.uint8)
    content[6:14, 8:18, :3] = np.random.default_rng(0).integers(20, 60, (8, 10, 3))
    content[..., 3] = 0
    content[6:14, 8:18, 3] = 255
    for color in ("histogram", "cholesky", "symmetric"):
        trainer.fit(**{**fit_arguments, "content": content, "color": color})
        assert trainer.style.mean() < 70, "as dark as the visible area"


def test_the_content_is_shown_with_its_alpha(
    trainer: Trainer, fit_arguments: dict[str, Any]
) -> None:
    content = np.dstack([fit_arguments["content"], np.full((20, 26), 128, np.uint8)])
    trainer.fit(**{**fit_arguments, "content": content})
    np.testing.assert_array_equal(trainer.content, content)


@pytest.mark.parametrize("extension", ["png", "webp", "tif"])
def test_a_cut_out_can_be_the_starting_image(
    extension: str, trainer: Trainer, fit_arguments: dict[str, Any], tmp_path: Path
) -> None:
    content = np.dstack([fit_arguments["content"], np.full((20, 26), 128, np.uint8)])
    content[:9, ..., 3] = 0
    trainer.fit(**{**fit_arguments, "content": content})
    path, result = tmp_path / f"result.{extension}", trainer.image
    write_image(path, result)
    np.testing.assert_array_equal(read_image(path, background=None), result[..., :3])
    visible = content[..., 3] > 0
    started = untouched(trainer, fit_arguments, content, initial_image=path)
    np.testing.assert_array_equal(started[visible], result[visible])
