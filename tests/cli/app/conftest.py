"""Fixtures of the app: its tests need Gradio and share a server."""

from __future__ import annotations

from collections.abc import Iterator

import needs
import pytest
from app_server import served


def pytest_pycollect_makemodule() -> None:
    needs.package("gradio")


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker("app")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a server for pictures of up to 128 pixels."""
    with served("--max-size", "128", "--max-upload", "1") as found:
        yield found
