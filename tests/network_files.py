"""Invalid network files, and the message with which they are refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nst_framework import StyleNetwork
from nst_framework.style_network.archive import check_network


def pack(folder: Path, parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "stranger.keras"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def refused(path: Path, *, when_checked: bool = True) -> str:
    """The message with which a file is refused, a single line that says what to do."""
    functions: list[Callable[[Path], Any]] = [StyleNetwork.load]
    if when_checked:
        functions.append(check_network)
    for function in functions:
        with pytest.raises(ValueError, match="Expected") as raised:
            function(path)
        message = str(raised.value)
        assert "\n" not in message
        assert message.startswith(f"Expected {str(path)!r} to be a painting")
        assert " Received: " in message
        assert ". Choose a file written by " in message
        assert len(message) < 500 + len(str(path))
    return message
