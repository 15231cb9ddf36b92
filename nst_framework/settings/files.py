"""Settings files: TOML files, and pictures with embedded settings."""

from __future__ import annotations

from pathlib import Path

from ..images import IMAGE_EXTENSIONS

MAX_BYTES = 2**20
"""Size of the largest settings file, in bytes."""

HEADING_START = "# nst transfer"
"""The first words of the text that is embedded in a result."""


def read_file(path: Path) -> str:
    """The text of a settings file, or the settings embedded in an image by `nst transfer`."""
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected --config to be a TOML file. Received: {str(path)!r}, which does not exist "
            "or is not a file. nst transfer --dump-config prints one to start from."
        )
    if is_image(path):
        return _read_embedded(path)
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(
            f"Expected --config to be a TOML file of at most {MAX_BYTES} bytes. Received: "
            f"{str(path)!r}, which has {path.stat().st_size}."
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"Expected --config to be a TOML file. Received: {str(path)!r}, which is not UTF-8 "
            f"text: {error.reason}."
        ) from error


def is_image(path: Path) -> bool:
    """Whether a settings file is an image with embedded settings, by its extension."""
    return path.suffix.lower() in IMAGE_EXTENSIONS


def _read_embedded(path: Path) -> str:
    from ..images.metadata import read_metadata

    text = read_metadata(path)
    if text is None or not text.startswith(HEADING_START) or len(text) > MAX_BYTES:
        raise ValueError(
            f"Expected --config to be a TOML file or a result of nst transfer. Received: "
            f"{str(path)!r}, an image without settings. Use its sidecar, the .toml file next to it."
        )
    return text
