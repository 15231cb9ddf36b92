"""Property tests of reading with `hypothesis`: any array, size and bytes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from nst_framework.images.reading import read_alpha, read_image, read_mask

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

SIDES = st.integers(1, 24)
IMAGES = st.tuples(SIDES, SIDES, st.sampled_from([1, 3, 4])).flatmap(
    lambda shape: arrays.arrays(np.uint8, shape)
)
ANY_ARRAYS = arrays.arrays(
    st.one_of(
        arrays.scalar_dtypes(),
        st.just(np.dtype(object)),
        arrays.byte_string_dtypes(),
        st.just(np.dtype([("x", "u1")])),
    ),
    arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5),
    fill=st.nothing(),
)
SIGNATURES = st.sampled_from(
    [
        b"",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xd8\xff\xe0",
        b"RIFF\x20\0\0\0WEBPVP8X",
        b"RIFF\x20\0\0\0WEBPVP8L",
        b"II*\0\x08\0\0\0",
        b"MM\0*\0\0\0\x08",
        b"II+\0\x08\0\0\0",
        b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0",
    ]
)


@QUICK
@given(IMAGES, st.integers(1, 100))
def test_the_longer_side_is_the_size_and_the_ratio_is_kept(image: np.ndarray, size: int) -> None:
    result = read_image(image, size)
    longer = max(image.shape[:2])
    assert max(result.shape[:2]) == size
    for side, before in zip(result.shape[:2], image.shape[:2], strict=True):
        assert abs(side - max(1, before * size / longer)) <= 0.5
    assert result.dtype == np.uint8
    assert result.shape[2] == 3


@QUICK
@given(IMAGES, SIDES, SIDES)
def test_shapes_are_exact(image: np.ndarray, height: int, width: int) -> None:
    assert read_image(image, shape=(height, width)).shape == (height, width, 3)
    mask = read_mask(image, (height, width))
    assert mask.shape == (height, width)
    assert 0 <= mask.min() <= mask.max() <= 1
    alpha = read_alpha(image, (height, width))
    assert alpha is None or alpha.shape == (height, width)


@QUICK
@given(image=IMAGES.filter(lambda image: image.shape[2] == 3))
def test_a_file_and_an_array_are_read_alike(image: np.ndarray, tmp_path: Path) -> None:
    Image.fromarray(image).save(tmp_path / "image.png")
    np.testing.assert_array_equal(read_image(tmp_path / "image.png"), image)
    np.testing.assert_array_equal(read_image(image), image)


@QUICK
@given(st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)), SIDES, SIDES)
def test_a_single_color_does_not_change_at_any_size(
    color: tuple[int, int, int], height: int, width: int
) -> None:
    image = np.full((7, 5, 3), color, np.uint8)
    assert (read_image(image, shape=(height, width)) == color).all()


@QUICK
@given(ANY_ARRAYS)
def test_any_array_is_an_image_or_a_clear_error(array: np.ndarray) -> None:
    for read in (lambda: read_image(array), lambda: read_mask(array, (3, 3))):
        try:
            result = read()
        except ValueError as error:
            message = str(error)
        else:
            message = "Expected nothing else"
            assert result.shape[:2] == (3, 3) or result.shape[2] == 3
        assert message.startswith("Expected ")


@QUICK
@given(
    st.one_of(st.integers(), st.floats(), st.booleans(), st.none(), st.text(), st.just(np.int64(7)))
)
@example(10**400)
@example(2**31)
def test_any_size_is_used_or_a_clear_error(size: object) -> None:
    if isinstance(size, int) and 2000 < size < 2**24:
        return  # valid, but slow
    try:
        result = read_image(np.zeros((2, 3, 3), np.uint8), size)  # type: ignore[arg-type]
    except (ValueError, MemoryError) as error:
        message = str(error)
    else:
        message = "Expected nothing else"
        assert max(result.shape) == (3 if size is None else max(size, 3))  # type: ignore[type-var]
    assert "Expected " in message


@pytest.mark.filterwarnings("ignore")
@settings(QUICK, max_examples=200)
@given(signature=SIGNATURES, content=st.binary(max_size=200))
def test_any_bytes_are_an_image_or_a_clear_error(
    signature: bytes, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "any"
    path.write_bytes(signature + content)
    try:
        result = read_image(path)
    except (ValueError, MemoryError) as error:
        message = str(error)
    else:
        message = "Expected image to be nothing else"
        assert result.dtype == np.uint8
    assert message.startswith("Expected image to ")


@QUICK
@given(IMAGES.filter(lambda image: image.shape[2] == 3), st.binary(max_size=300))
def test_any_profile_gives_an_image(image: np.ndarray, profile: bytes) -> None:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", icc_profile=profile)
    assert read_image(Image.open(file)).shape == image.shape
