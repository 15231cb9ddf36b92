"""The presets of `nst transfer` and `Trainer.from_preset`: settings files to copy and edit.

They are read like any other settings file.
"""

from __future__ import annotations

from importlib import resources

from ..checks import did_you_mean

FOLDER = resources.files(__name__)


def preset_names() -> list[str]:
    """The names of the presets, sorted."""
    names = (file.name for file in FOLDER.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def preset_text(name: str) -> str:
    """The text of a preset's file.

    Raises:
        ValueError: If no preset has that name; the error lists the names.
    """
    names = preset_names()
    if name not in names:
        raise ValueError(
            f"Expected the preset to be one of {', '.join(names)}. Received: {name!r}."
            f"{did_you_mean(name, names, show=str)}"
        )
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
