"""The presets of `nst transfer`. Each is a file of settings that can be copied and edited."""

from __future__ import annotations

from importlib import resources

FOLDER = resources.files(__name__)


def preset_names() -> list[str]:
    """The names of the presets, sorted."""
    names = (file.name for file in FOLDER.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))
