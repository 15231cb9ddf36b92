"""Styles, as passed by users."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import compile_tiny
from PIL import Image

from nst_framework import Style, Trainer
from nst_framework.images.reading import read_mask
from nst_framework.images.styles import read_styles, resolve_styles

FitArguments = dict[str, Any]
LEFT = np.zeros((20, 26), np.uint8)
LEFT[:, :13] = 255

CONTENT = np.zeros((20, 26, 3), np.uint8)


def test_weights_make_a_region_as_strong_as_the_whole_content(style: np.ndarray) -> None:
    def shares(*styles: Style) -> list[float]:
        return [read.weight for read in read_styles(styles, CONTENT, (20, 26), None)]

    assert shares(Style(style)) == [1]
    assert shares(Style(style, 7), Style(style, 3)) == pytest.approx([0.7, 0.3])
    left, right = LEFT, 255 - LEFT
    assert shares(Style(style, content_mask=left)) == pytest.approx([0.5])
    halves = Style(style, content_mask=left), Style(style, content_mask=right)
    assert shares(*halves) == pytest.approx([0.5, 0.5])
    quarter = np.zeros((20, 26), np.uint8)
    quarter[:10, :13] = 255
    parts = Style(style, content_mask=quarter), Style(style, content_mask=255 - quarter)
    assert shares(*parts) == pytest.approx([0.25, 0.75])


def test_a_styles_scale_is_relative_to_the_content(style: np.ndarray) -> None:
    sizes = [
        max(read.image.shape)
        for read in read_styles([Style(style), Style(style, scale=0.5)], CONTENT, (20, 26), 40)
    ]
    assert sizes == [40, 20]
    (own,) = read_styles([Style(style, scale=0.5)], CONTENT, (20, 26), None)
    assert max(own.image.shape) == max(style.shape) // 2
    (half_stage,) = read_styles([Style(style, scale=0.5)], CONTENT, (20, 26), 40, part=0.5)
    assert max(half_stage.image.shape) == 10


def test_masks_are_white_inside_in_every_format(tmp_path: Path) -> None:
    expected = LEFT / np.float32(255)
    path = tmp_path / "mask.png"
    cut_out = np.zeros((20, 26, 4), np.uint8)
    cut_out[..., :3] = 255
    cut_out[..., 3] = LEFT
    Image.fromarray(cut_out).save(path)
    ones, floats = tmp_path / "ones.png", tmp_path / "floats.tif"
    Image.fromarray(LEFT // 255).save(ones)
    Image.fromarray((LEFT / 255).astype(np.float32)).save(floats)
    arrays = [LEFT, LEFT > 0, LEFT / 255, LEFT // 255, LEFT.astype(np.float32)]
    for source in (*arrays, path, str(path), ones, floats):
        np.testing.assert_array_equal(read_mask(source, (20, 26)), expected)
    faint = np.full((4, 4), 0.2)
    assert read_mask(faint, (2, 2)) == pytest.approx(np.full((2, 2), 0.2))
    assert not read_mask(LEFT > 255, (20, 26)).any()
    with pytest.raises(ValueError, match=r"Expected the mask.*values from -1"):
        read_mask(-np.ones((3, 3)), (20, 26), "the mask")
    large = LEFT.repeat(3, 0).repeat(3, 1)
    np.testing.assert_array_equal(read_mask(large, (20, 26)), expected)
    assert read_mask(large, (1, 1)) == pytest.approx(0.5, abs=0.003)


def test_one_style_or_several(style: np.ndarray) -> None:
    given = Style("a.png", weight=2.0)
    assert resolve_styles(given) == (given,)
    assert resolve_styles(["a.png", given]) == (Style("a.png"), given)
    assert resolve_styles(Path("a.png")) == (Style(Path("a.png")),)
    assert len(resolve_styles(style)) == 1
    with pytest.raises(ValueError, match="one or more style images"):
        resolve_styles([])


def test_bad_styles(style: np.ndarray) -> None:
    for argument in ("weight", "scale"):
        with pytest.raises(ValueError, match=rf"`{argument}`.*above 0.*Received"):
            Style(style, **{argument: 0.0})
    with pytest.raises(ValueError, match=r"mask of style.*not black"):
        read_styles([Style(style, mask=np.zeros((24, 18), np.uint8))], CONTENT, (20, 26), None)
    with pytest.raises(FileNotFoundError, match=r"content mask of style 2.*no.png"):
        read_styles([Style(style), Style(style, content_mask="no.png")], CONTENT, (20, 26), None)


def test_a_run_with_regions_resumes_exactly_from_a_checkpoint(
    trainer: Trainer, fit_arguments: FitArguments, tmp_path: Path
) -> None:
    from nst_framework.callbacks import Checkpoint

    style = fit_arguments["style"]
    styles = [Style(style, 2.0, content_mask=LEFT), Style(style[::-1].copy(), scale=0.5)]
    arguments = {**fit_arguments, "style": styles, "epochs": 3}
    compile_tiny(trainer, scales=(0.5, 1))
    trainer.fit(**arguments)
    uninterrupted = trainer.image
    callbacks = [Checkpoint(tmp_path / "run.npz")]
    trainer.fit(**{**arguments, "epochs": 2, "callbacks": callbacks})
    trainer.fit(**arguments, resume_from=tmp_path / "run.npz")
    np.testing.assert_array_equal(trainer.image, uninterrupted)
    assert [image.shape for image in trainer.styles] == [(24, 18, 3), (12, 9, 3)]
    other = [styles[0], Style(styles[1].image, scale=0.5, content_mask=LEFT)]
    with pytest.raises(ValueError, match="differs in: style"):
        trainer.fit(**{**arguments, "style": other}, resume_from=tmp_path / "run.npz")


def test_each_region_gets_its_own_style(trainer: Trainer, fit_arguments: FitArguments) -> None:
    """A red style on the left and a blue one on the right, without a content loss."""
    from nst_framework import StyleLoss

    trainer.compile([StyleLoss(["image", "first"])])
    red, blue = (np.full((24, 18, 3), color, np.uint8) for color in ((200, 0, 0), (0, 0, 200)))
    styles = [Style(red, content_mask=LEFT), Style(blue, content_mask=255 - LEFT)]
    trainer.fit(**{**fit_arguments, "style": styles, "epochs": 1, "steps_per_epoch": 60})
    left, right = (trainer.image[:, part].mean((0, 1)) for part in (slice(13), slice(13, None)))
    assert left[0] > 150 > left[2]
    assert right[2] > 150 > right[0]
