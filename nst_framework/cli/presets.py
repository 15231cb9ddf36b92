"""The settings that come with the package, each a file in `nst_framework/presets`."""

from __future__ import annotations

from importlib import resources

from ..checks import did_you_mean

FOLDER = resources.files("nst_framework") / "presets"


def preset_names() -> list[str]:
    """The names of the presets."""
    names = (file.name for file in FOLDER.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def read_preset(name: str) -> str:
    """The text of a preset's file.

    Raises:
        ValueError: If there is none of that name; the error says which there are.
    """
    names = preset_names()
    if name not in names:
        raise ValueError(
            f"Expected --preset to be one of {', '.join(names)}. Received: {name!r}."
            f"{did_you_mean(name, names, show=str)}"
        )
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
