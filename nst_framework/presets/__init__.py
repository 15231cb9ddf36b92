"""The presets of `nst transfer` and `Trainer.from_preset`: files of settings to copy and edit."""

from __future__ import annotations

from importlib import resources

FOLDER = resources.files(__name__)


def preset_names() -> list[str]:
    """The names of the presets, sorted."""
    names = (file.name for file in FOLDER.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))
