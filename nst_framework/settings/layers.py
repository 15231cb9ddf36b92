"""The layers of settings: defaults, preset, file and command line, each overriding the last."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from ..checks import did_you_mean
from ..presets import preset_text
from .files import is_image, read_file
from .learned import LEARNED, check_options, has_learned_style
from .option import Use
from .paths import from_home, map_paths
from .table import OPTIONS, SETTINGS

Settings = dict[str, Any]
"""Values by option name; an option without a value is absent."""

TABLES = ("made_with", "inputs", "outputs", "video")
"""The tables of a sidecar that are not settings."""


@dataclass(frozen=True)
class Replacement:
    """The settings that another setting replaces, why, and what to do instead."""

    replaced: tuple[str, ...]
    reason: str
    advice: str


REPLACEMENTS = {
    "loss": Replacement(
        ("style_weight", "moments_weight", "style_layers", "style_layer_weights"),
        "--loss replaces the style losses",
        "To keep the style loss, write --loss StyleLoss,layers=block1_conv1+block2_conv1,weight=1.",
    ),
    "stage": Replacement(("scales",), "each stage has its own scale", "Leave one of them out."),
    "gradient_shares": Replacement(
        ("content_weight", "style_weight", "moments_weight", "tv_weight"),
        "shares replace weights",
        "Leave one of them out.",
    ),
}


def effective_settings(
    typed: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> Settings:
    """The settings of a run, in the order of the table, without those that others replace.

    For a learned painting, these are only the settings that it uses.

    Args:
        typed: The options that the user typed or passed, including `preset` and `config`.
        defaults: Defaults that differ from those of the table.
    """
    layers: list[tuple[str, Settings]] = []
    if "preset" in typed:
        source = f"the preset {typed['preset']}"
        layers.append((source, read_settings(preset_text(typed["preset"]), source, Path())))
    if "config" in typed:
        path = Path(typed["config"])
        source = repr(str(path))
        layers.append((source, read_settings(read_file(path), source, path.parent, is_image(path))))
    layers.append(("the command line", {n: v for n, v in typed.items() if n in SETTINGS}))
    merged: Settings = {}
    for source, layer in layers:
        _check_replaced(layer, source)
        merged = merge(merged, layer)
    names: Collection[str] = SETTINGS
    if has_learned_style(merged):
        check_options(layers, typed)
        names = LEARNED
    # Defaults come last, to fill in settings that one layer replaced and a later one restored.
    of_table = {name: option.default for name, option in SETTINGS.items()} | dict(defaults or {})
    merged = merge({n: value for n, value in of_table.items() if value is not None}, merged)
    return {name: merged[name] for name in SETTINGS if name in merged and name in names}


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> Settings:
    """Merges two layers of settings; the upper layer wins.

    Settings of the lower layer that cannot be combined with the upper layer are dropped.
    """
    dropped: set[str] = set()
    for name, replacement in REPLACEMENTS.items():
        if name in above:
            dropped.update(replacement.replaced)
        elif any(other in above for other in replacement.replaced):
            dropped.add(name)
    return {name: value for name, value in below.items() if name not in dropped} | dict(above)


def read_settings(text: str, source: str, folder: Path, names_only: bool = False) -> Settings:
    """Reads settings from the text of a TOML file.

    Args:
        text: The text.
        source: The file as errors name it.
        folder: The folder that relative paths start from.
        names_only: Whether to look for files in that folder only, and ignore the folders in the
            text.
    """
    try:
        values = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError(
            f"Expected TOML in {source}. Received: values nested too deeply."
        ) from error
    except ValueError as error:
        # Not only TOMLDecodeError, because Python limits the digits of a number.
        raise ValueError(f"Expected TOML in {source}. Received: {error}.") from error
    settings: Settings = {}
    for name, value in values.items():
        if name in TABLES and isinstance(value, dict):
            continue
        check_setting(name, source)
        settings[name] = SETTINGS[name].read_toml(value, source)
    return map_paths(
        settings, lambda path: str(folder / (Path(path).name if names_only else from_home(path)))
    )


def check_setting(name: str, source: str) -> None:
    """Raises a `ValueError` if a key of a file is not a setting."""
    if name in SETTINGS:
        return
    if name in {option.name for option in OPTIONS if option.use is Use.COMMAND}:
        raise ValueError(
            f"Expected only image settings in {source}. Received: {name}, which is a command-line "
            f"option. Write --{name.replace('_', '-')} on the command line."
        )
    hint = did_you_mean(name, SETTINGS, show=str) or f" Choose from: {', '.join(SETTINGS)}."
    raise ValueError(
        f"Expected only settings of nst transfer in {source}. Received: {name!r}.{hint}"
    )


def format_settings(settings: Mapping[str, Any]) -> str:
    """Formats settings as TOML, each with its help text as a comment."""
    blocks = []
    for name, value in settings.items():
        lines = textwrap.wrap(SETTINGS[name].help, 96, break_on_hyphens=False)
        comment = "".join(f"# {line}\n" for line in lines)
        blocks.append(comment + tomli_w.dumps({name: value}))
    return "\n".join(blocks)


def _check_replaced(settings: Mapping[str, Any], source: str) -> None:
    """Raises a `ValueError` if one layer has both a setting and one that it replaces."""
    for name, replacement in REPLACEMENTS.items():
        for other in replacement.replaced:
            if name in settings and other in settings:
                raise ValueError(
                    f"Expected --{name.replace('_', '-')} or --{other.replace('_', '-')}, not "
                    f"both, because {replacement.reason}. Received both from {source}. "
                    f"{replacement.advice}"
                )
