"""What a visitor fills in, as the options of `nst transfer`, and what a picture brings back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...defaults import AUTO
from ...jobs.learned import check_learned
from ...paintings import painting_names
from ...presets import preset_names
from ...run.schedule import (
    Stage,
    automatic_schedule,
    make_schedule,
    parse_stage,
    steps_of_stages,
)
from ...settings.files import read_file
from ...settings.layers import Settings, effective_settings, merge, read_settings
from ...settings.paths import code_paths
from ...settings.table import SETTINGS

DEFAULT = "default"
"""The choice of no preset."""

PRESETS = (DEFAULT, *preset_names())

FROM_PICTURE = "from the picture"
"""The choice of the settings of a picture that was dropped in."""

NOT_LEARNED = "none"
"""The choice of no learned painting."""

LEARNED = (NOT_LEARNED, *painting_names())

MOST_STEPS = 10_000


@dataclass(frozen=True)
class Form:
    """What a visitor has filled in.

    `preset` may be `DEFAULT` or `FROM_PICTURE`, for which `restored` is the picture or its file of
    settings. `size` is the longer side in pixels; of two paintings, the first one counts `mix`,
    from 0 to 1. `learned` is a learned painting, by its name or its file: alone, its network paints
    the picture; with paintings, the run starts from what it paints.
    """

    preset: str
    size: int
    content_weight: float
    color: str
    mix: float = 0.5
    restored: str | None = None
    learned: str | None = None


@dataclass(frozen=True)
class Images:
    """The images of a run: a photograph, up to two paintings, and no masks or one for each."""

    content: Path
    styles: tuple[Path, ...]
    masks: tuple[Path, ...] = ()


def chosen_settings(preset: str, restored: str | None) -> Settings:
    """The settings of a preset or of a picture, from which the form's fields start."""
    return effective_settings(_layer(preset, restored))


def form_settings(form: Form, images: Images, output: Path) -> Settings:
    """The settings of the run that a visitor asks for."""
    if form.learned is not None and not images.styles:
        return _learned_settings(form, images, output)
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
        own["style_weights"] = [form.mix, 1 - form.mix]
    if form.learned is not None:
        own["initial_image"] = form.learned
    if images.masks:
        own["content_masks"] = [str(path) for path in images.masks]
    settings = effective_settings(merge(layer, own))
    _check_length(settings)
    return settings


def _learned_settings(form: Form, images: Images, output: Path) -> Settings:
    """The settings of a picture that a network paints: presets and weights play no part in it."""
    settings = effective_settings(
        {
            "content": str(images.content),
            "style": [form.learned],
            "size": form.size,
            "color": form.color,
            "output": str(output),
        }
    )
    check_learned(settings)
    return settings


def _layer(preset: str, restored: str | None) -> dict[str, Any]:
    """What a visitor could have typed to choose the preset or the picture's settings."""
    if preset == FROM_PICTURE:
        return _read_restored(restored)
    return {} if preset == DEFAULT else {"preset": preset}


def _read_restored(restored: str | None) -> Settings:
    if restored is None:
        raise ValueError("Drop in a picture made with nst transfer, or its .toml file.")
    path = Path(restored)
    if not path.exists():
        raise ValueError("The earlier picture is no longer here. Drop it in again.")
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
        for name, option in SETTINGS.items()
        if name in settings and option.safe and settings[name] not in option.safe
    ]
    if foreign:
        raise ValueError(
            f"Expected settings that need no code and no further files. Received: "
            f"{', '.join(map(repr, foreign))} in {path.name!r}. Use nst transfer --config."
        )
    return {name: value for name, value in settings.items() if SETTINGS[name].restored}


def _check_length(settings: Settings) -> None:
    usual, epochs = settings["steps_per_epoch"], settings["epochs"]
    stages: Sequence[Stage]
    if settings.get("stage"):
        stages = [parse_stage(text) for text in settings["stage"]]
    elif settings["scales"] == [AUTO]:
        stages = automatic_schedule(settings["size"], None if epochs == AUTO else epochs)
    else:
        stages = make_schedule(settings["scales"], None)
    epochs = len(stages) if epochs == AUTO else epochs
    steps = steps_of_stages(stages, usual)
    # The last stage has all the epochs that are left.
    total = sum(steps[:-1]) + max(1, epochs - len(stages) + 1) * steps[-1]
    if epochs < 1 or total > MOST_STEPS:
        raise ValueError(
            f"Expected 1 to {MOST_STEPS} steps. Received: {total} in {epochs} epochs. Use nst "
            "transfer for more."
        )
