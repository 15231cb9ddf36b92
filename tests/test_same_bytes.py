"""Separate processes make the same picture byte for byte, compared by `tools/same_bytes.py`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import same_bytes


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], str]:
    """The SHA-256 digest of a picture made by a process with a given number of threads."""
    folder = tmp_path_factory.mktemp("pictures")
    return lambda threads: same_bytes.picture(folder, 64, "float32", threads)


@pytest.fixture(scope="module")
def first(picture: Callable[[int], str]) -> str:
    return picture(2)


@pytest.mark.slow
def test_another_process_makes_the_same_bytes(first: str, picture: Callable[[int], str]) -> None:
    assert picture(2) == first
