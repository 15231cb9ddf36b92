"""Files of settings: TOML files, and pictures that have their settings inside."""

from __future__ import annotations

from pathlib import Path

from ..images import IMAGE_EXTENSIONS

LONGEST = 2**20
"""Bytes of the longest file of settings."""

HEADING_BEGINS = "# nst transfer"
"""How the text inside a result begins."""


def read_file(path: Path) -> str:
    """The text of a file of settings, or the settings in an image that `nst transfer` made."""
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected --config to be a TOML file. Received: {str(path)!r}, which does not exist "
            "or is not a file. nst transfer --dump-config prints one to start from."
        )
    if is_image(path):
        return _read_inside(path)
    if path.stat().st_size > LONGEST:
        raise ValueError(
            f"Expected --config to be a TOML file of at most {LONGEST} bytes. Received: "
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
    """Whether a file of settings is an image, inside which the settings are."""
    return path.suffix.lower() in IMAGE_EXTENSIONS


def _read_inside(path: Path) -> str:
    from ..images.metadata import read_metadata

    text = read_metadata(path)
    if text is None or not text.startswith(HEADING_BEGINS) or len(text) > LONGEST:
        raise ValueError(
            f"Expected --config to be a TOML file or a result of nst transfer. Received: "
            f"{str(path)!r}, an image without settings. Use its sidecar, the .toml file beside it."
        )
    return text
