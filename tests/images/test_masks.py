"""A mask must have the aspect ratio of its image."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from nst_framework.images.image_file import Layout
from nst_framework.images.inputs import make_inputs
from nst_framework.images.masks import is_same_shape, read_region
from nst_framework.images.reading import read_mask
from nst_framework.images.styles import Style
from nst_framework.jobs.input_images import check_images

TURNS = {
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores an upright scene, by orientation."""


@pytest.fixture
def photograph() -> np.ndarray:
    """An upright scene, 30 x 40."""
    return np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)


def corner(height: int = 40, width: int = 30) -> np.ndarray:
    """A mask of the upper left corner."""
    mask = np.zeros((height, width), np.uint8)
    mask[: height // 2, : width // 2] = 255
    return mask


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ((4000, 3000), (1024, 768), True),
        ((6000, 4000), (1000, 667), True),
        ((6000, 4000), (1000, 666), True),
        ((4032, 3024), (64, 48), True),
        ((1, 1), (1, 1), True),
        ((4000, 3000), (3000, 4000), False),
        ((4000, 3000), (1000, 1000), False),
        ((4000, 3000), (1024, 683), False),
        ((4000, 3000), (1024, 760), False),
        ((1920, 1080), (1920, 1088), False),
    ],
)
def test_aspect_ratios_may_differ_by_rounding(
    one: tuple[int, int], other: tuple[int, int], is_same: bool
) -> None:
    assert is_same_shape(Layout(*one), Layout(*other)) is is_same
    assert is_same_shape(Layout(*other), Layout(*one)) is is_same


@pytest.mark.parametrize("shape", [(30, 40), (40, 40), (40, 33)])
def test_a_mask_of_another_aspect_ratio_is_refused(
    shape: tuple[int, int], photograph: np.ndarray
) -> None:
    expected = (
        r"Expected the content mask of style to have the aspect ratio of content.* 30 x 40 pixels.*"
        rf"Received: {shape[1]} x {shape[0]}"
    )
    style = Style(photograph, content_mask=corner(*shape))
    with pytest.raises(ValueError, match=expected):
        make_inputs(photograph, style, 20, "style").read(1.0)
    style = Style(photograph, mask=corner(*shape))
    with pytest.raises(ValueError, match=r"the mask of style to have the aspect ratio of style"):
        make_inputs(photograph, style, 20, "style").read(1.0)


def test_a_wrong_mask_is_refused_before_keras_is_loaded(
    photograph: np.ndarray, tmp_path: Path
) -> None:
    content, mask = tmp_path / "content.png", tmp_path / "mask.png"
    Image.fromarray(photograph).save(content)
    Image.fromarray(corner(40, 40)).save(mask)
    settings = {
        "content": str(content),
        "style": [str(content)],
        "initial_image": "content",
        "content_masks": [str(mask)],
    }
    with pytest.raises(
        ValueError, match="the content mask of style to have the aspect ratio of content"
    ):
        check_images(settings)
    Image.fromarray(corner(80, 60)).save(mask)
    check_images(settings)


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("is_tagged", [True, False])
def test_a_mask_is_rotated_with_its_photograph(
    orientation: int, is_tagged: bool, photograph: np.ndarray, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content, mask = tmp_path / "content.jpg", tmp_path / "mask.png"
    Image.fromarray(photograph).transpose(TURNS[orientation]).save(content, exif=exif)
    lying = Image.fromarray(corner()).transpose(TURNS[orientation])
    lying.save(mask, **({"exif": exif} if is_tagged else {}))
    region = read_region(mask, content, (40, 30), "mask", "content")
    np.testing.assert_array_equal(region, corner() / 255)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.float32])
def test_label_images_of_any_bit_depth_are_masks(dtype: type, tmp_path: Path) -> None:
    labels = (corner() > 0).astype(dtype)
    iio.imwrite(tmp_path / "mask.tif", labels)
    np.testing.assert_array_equal(read_mask(tmp_path / "mask.tif", (40, 30)), labels)
    if dtype == np.uint16:
        iio.imwrite(tmp_path / "mask.png", labels)
        np.testing.assert_array_equal(read_mask(tmp_path / "mask.png", (40, 30)), labels)
