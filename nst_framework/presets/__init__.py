"""The presets of `nst transfer` and `Trainer.from_preset`: files of settings to copy and edit.

They are read as any file of settings is.
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
        ValueError: If there is no preset of that name; the error lists them.
    """
    names = preset_names()
    if name not in names:
        raise ValueError(
            f"Expected the name of a preset to be one of {', '.join(names)}. Received: {name!r}."
            f"{did_you_mean(name, names, show=str)}"
        )
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
