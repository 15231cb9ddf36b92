"""What a visitor fills in, as the options of `nst transfer`, and what a picture brings back."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...presets import preset_names
from ...run.stage_text import parse_stage
from ..configuration import effective_settings, merge
from ..paths import code_paths
from ..settings_file import read_file, read_settings

DEFAULT = "default"
"""The choice of no preset."""

PRESETS = (DEFAULT, *preset_names())

FROM_PICTURE = "from the picture"
"""The choice of the settings of a picture that was dropped in."""

MOST_STEPS = 10_000

OF_THE_FORM = (
    *("content", "style", "style_weights", "style_masks", "content_masks", "style_scale"),
    *("output", "checkpoint", "checkpoint_every", "keep_checkpoints", "save_every", "metrics"),
)
"""Settings that a picture does not bring back: its images, and what a run writes and prints."""

HARMLESS: dict[str, tuple[str, ...]] = {
    "network": ("vgg16", "random"),
    "weights": ("bundled",),
    "initial_image": ("content", "style", "noise"),
}
"""The values that a picture may bring back, of settings that could name files or downloads."""


@dataclass(frozen=True)
class Form:
    """What a visitor has filled in.

    `preset` may be `DEFAULT` or `FROM_PICTURE`, for which `restored` is the picture or its file of
    settings. `size` is the longer side in pixels; of two paintings, the first one counts `share`,
    from 0 to 1.
    """

    preset: str
    size: int
    content_weight: float
    color: str
    share: float = 0.5
    restored: str | None = None


@dataclass(frozen=True)
class Images:
    """The images of a run: a photograph, one or two paintings, and no masks or one for each."""

    content: Path
    styles: tuple[Path, ...]
    masks: tuple[Path, ...] = ()


def chosen_settings(preset: str, restored: str | None) -> dict[str, Any]:
    """The settings of a preset or of a picture, from which the form's fields start."""
    return effective_settings(_layer(preset, restored))


def as_typed(form: Form, images: Images, output: Path) -> argparse.Namespace:
    """The form as options that the visitor could have typed."""
    layer = _layer(form.preset, form.restored)
    start = effective_settings(layer)
    own: dict[str, Any] = {
        "content": str(images.content),
        "style": [str(path) for path in images.styles],
        "size": form.size,
        "color": form.color,
        "output": str(output),
    }
    # A weight that is as it was must not take the place of gradient shares.
    if form.content_weight != start.get("content_weight", form.content_weight):
        own["content_weight"] = form.content_weight
    if len(images.styles) == 2:
        own["style_weights"] = [form.share, 1 - form.share]
    if images.masks:
        own["content_masks"] = [str(path) for path in images.masks]
    typed = argparse.Namespace(**merge(vars(layer), own))
    _check_length(effective_settings(typed))
    return typed


def _layer(preset: str, restored: str | None) -> argparse.Namespace:
    typed: dict[str, Any] = {"command": "transfer"}
    if preset == FROM_PICTURE:
        typed |= _read_restored(restored)
    elif preset != DEFAULT:
        typed["preset"] = preset
    return argparse.Namespace(**typed)


def _read_restored(restored: str | None) -> dict[str, Any]:
    if restored is None:
        raise ValueError("Expected a picture made with nst transfer. Received: none. Drop one in.")
    path = Path(restored)
    try:
        settings = read_settings(read_file(path), repr(path.name), Path(), names_only=True)
    except (ValueError, OSError) as error:
        raise ValueError(
            f"Expected a picture that holds its settings, or its .toml file. Received: "
            f"{path.name!r}. "
            f"{str(error).replace(str(path), path.name).replace('--config', 'this file')}"
        ) from error
    foreign = code_paths(settings) + settings.get("callback", [])
    foreign += [
        str(settings[name])
        for name, values in HARMLESS.items()
        if settings.get(name, values[0]) not in values
    ]
    if foreign:
        raise ValueError(
            f"Expected settings that need no code and no further files. Received: "
            f"{', '.join(map(repr, foreign))} in {path.name!r}. Use nst transfer --config."
        )
    return {name: value for name, value in settings.items() if name not in OF_THE_FORM}


def _check_length(settings: dict[str, Any]) -> None:
    usual, epochs = settings["steps_per_epoch"], settings["epochs"]
    stages = [parse_stage(text).steps or usual for text in settings.get("stage", ())] or [usual]
    # The last stage has all the epochs that are left.
    steps = sum(stages[:-1]) + max(1, epochs - len(stages) + 1) * stages[-1]
    if min(epochs, *stages, usual) < 1 or steps > MOST_STEPS:
        raise ValueError(
            f"Expected 1 to {MOST_STEPS} steps. Received: {steps} in {epochs} epochs. Use nst "
            "transfer for more."
        )
