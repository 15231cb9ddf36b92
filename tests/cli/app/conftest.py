"""A server that the tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from app_server import served


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a server for pictures of up to 128 pixels."""
    with served("--max-size", "128", "--max-upload", "1") as found:
        yield found
