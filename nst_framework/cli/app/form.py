"""The form of the page as settings of `nst transfer`, and settings restored from a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...defaults import AUTO
from ...jobs.learned import check_learned
from ...paintings import painting_names
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

DESCRIPTIONS = {
    DEFAULT: "fast, for most photographs",
    "neighbors": "for people and buildings; slower",
    "strokes": "bold, with large, clean strokes",
    "strotss": "like strokes, as published",
    "strong": "more of the style; not for faces",
    "subtle": "brushwork in the photograph's colors",
    "photo": "light and colors only, no strokes",
    "texture": "the style alone",
    "draft": "small and fast",
    "print": "large, for printing",
    "gatys": "Gram matrices alone, 500 steps",
    "gatys-2016": "the original recipe",
}
"""A few words on each preset, in the order of the menu."""

PRESET_CHOICES = [(f"{name}: {text}", name) for name, text in DESCRIPTIONS.items()]
"""The label and the name of each preset."""

FROM_PICTURE = "from the picture"
"""The choice of the settings of a picture that was dropped in."""

NOT_LEARNED = "none"
"""The choice of no learned painting."""

LEARNED = (NOT_LEARNED, *painting_names())

MAX_STEPS = 10_000


@dataclass(frozen=True)
class Form:
    """The values of the form.

    Attributes:
        preset: A preset, `DEFAULT` or `FROM_PICTURE`.
        size: The longer side, in pixels.
        content_weight: The weight of the content loss.
        color: The color mode.
        mix: The weight of the first of two paintings, from 0 to 1.
        restored: For `FROM_PICTURE`, the path of the picture or its sidecar.
        learned: The name or the file of a learned painting. Alone, it paints the picture; with
            paintings, it paints the starting image.
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
    """The images of a run: a photograph, up to two paintings, and either no masks or one each."""

    content: Path
    styles: tuple[Path, ...]
    masks: tuple[Path, ...] = ()


def chosen_settings(preset: str, restored: str | None) -> Settings:
    """The settings of a preset or a picture, which fill in the form."""
    return effective_settings(_layer(preset, restored))


def form_settings(form: Form, images: Images, output: Path) -> Settings:
    """The settings of a run, from the form."""
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
    # An unchanged weight must not replace gradient shares.
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
    """The settings of a picture with a learned painting, which ignores preset and weight."""
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
    """The options that select the preset, or the settings restored from the picture."""
    if preset == FROM_PICTURE:
        return _read_restored(restored)
    return {} if preset == DEFAULT else {"preset": preset}


def _read_restored(restored: str | None) -> Settings:
    if restored is None:
        raise ValueError("Add a picture made with nst transfer, or its .toml file.")
    path = Path(restored)
    if not path.exists():
        raise ValueError("The earlier picture was removed. Add it again.")
    try:
        settings = read_settings(read_file(path), repr(path.name), Path(), names_only=True)
    except (ValueError, OSError) as error:
        raise ValueError(
            f"Expected a picture with embedded settings, or its .toml file. Received: "
            f"{path.name!r}. "
            f"{str(error).replace(str(path), path.name).replace('--config', 'this file')}"
        ) from error
    refused = code_paths(settings) + settings.get("callback", [])
    refused += [
        str(settings[name])
        for name, option in SETTINGS.items()
        if name in settings and option.safe and settings[name] not in option.safe
    ]
    if refused:
        raise ValueError(
            f"Expected settings that need no code and no other files. Received: "
            f"{', '.join(map(repr, refused))} in {path.name!r}. Use nst transfer --config."
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
    # The last stage takes all remaining epochs.
    total = sum(steps[:-1]) + max(1, epochs - len(stages) + 1) * steps[-1]
    if epochs < 1 or total > MAX_STEPS:
        raise ValueError(
            f"Expected 1 to {MAX_STEPS} steps. Received: {total} in {epochs} epochs. Use nst "
            "transfer for more."
        )
