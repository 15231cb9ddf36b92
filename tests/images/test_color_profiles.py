"""Results are tagged as sRGB and read back unchanged."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from nst_framework import read_image, write_image
from nst_framework.images.modes import srgb_profile


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("channels", [3, 4])
def test_results_are_tagged_srgb(extension: str, channels: int, tmp_path: Path) -> None:
    path = tmp_path / f"result.{extension}"
    write_image(path, np.full((4, 4, channels), 200, np.uint8))
    with Image.open(path) as image:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)


def test_the_profile_has_a_fixed_date() -> None:
    srgb_profile.cache_clear()
    assert srgb_profile()[24:36] == bytes([7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])


def test_colors_tagged_srgb_do_not_change() -> None:
    colors = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    image = Image.fromarray(colors)
    image.info["icc_profile"] = srgb_profile()
    np.testing.assert_array_equal(read_image(image), colors)
