"""The settings of a run: defaults, preset, file and command line, each overriding the last."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from ..presets import preset_text
from .settings_file import is_image, read_file, read_settings
from .transfer_options import COMMAND_OPTIONS, known_settings


@dataclass(frozen=True)
class Replacement:
    """What a setting replaces.

    Attributes:
        replaced: The settings that cannot be combined with it.
        reason: Why not.
        advice: What to do instead.
    """

    replaced: tuple[str, ...]
    reason: str
    advice: str


REPLACEMENTS = {
    "loss": Replacement(
        ("style_weight", "style_layers", "style_layer_weights"),
        "--loss replaces the style loss",
        "To keep the style loss, write --loss StyleLoss,layers=block1_conv1+block2_conv1,weight=1.",
    ),
    "stage": Replacement(("scales",), "stages have scales of their own", "Leave one of them out."),
    "gradient_shares": Replacement(
        ("content_weight", "style_weight", "tv_weight"),
        "shares replace weights",
        "Leave one of them out.",
    ),
}


def effective_settings(
    typed: argparse.Namespace, other_defaults: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The settings of a run.

    Args:
        typed: The options that the user typed.
        other_defaults: Defaults of a command that differ from those of `nst transfer`.

    Returns:
        The settings by name, in the order of the help, without those that have no value and those
        that others replace.

    Raises:
        ValueError: If the preset, a key or a value is wrong.
        OSError: If the file cannot be read.
    """
    known = known_settings()
    layers: list[tuple[str, dict[str, Any]]] = []
    if "preset" in typed:
        source = f"the preset {typed.preset}"
        layers.append((source, read_settings(preset_text(typed.preset), source, Path())))
    if "config" in typed:
        path = Path(typed.config)
        source = repr(str(path))
        layers.append((source, read_settings(read_file(path), source, path.parent, is_image(path))))
    options = {name: value for name, value in vars(typed).items() if name in known}
    layers.append(("the command line", options))
    merged: dict[str, Any] = {}
    for source, layer in layers:
        check_replaced(layer, source)
        merged = merge(merged, layer)
    # Defaults come last, to fill in what one layer replaced and a later one restored.
    defaults = {name: action.default for name, action in known.items()} | dict(other_defaults or {})
    merged = merge({name: defaults[name] for name in known if defaults[name] is not None}, merged)
    return {name: merged[name] for name in known if name in merged}


def as_options(settings: Mapping[str, Any], typed: argparse.Namespace) -> argparse.Namespace:
    """Settings and options of the command as attributes, `None` where there is no value."""
    every = dict.fromkeys((*known_settings(), *COMMAND_OPTIONS))
    return argparse.Namespace(**{**every, **vars(typed), **settings})


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two layers of settings as one, in which the upper layer wins.

    Settings of the lower layer that cannot be combined with the upper one are dropped.
    """
    dropped: set[str] = set()
    for name, replacement in REPLACEMENTS.items():
        if name in above:
            dropped.update(replacement.replaced)
        elif any(other in above for other in replacement.replaced):
            dropped.add(name)
    return {name: value for name, value in below.items() if name not in dropped} | dict(above)


def check_replaced(settings: Mapping[str, Any], source: str) -> None:
    """Raises a `ValueError` if one layer has a setting together with one that it replaces."""
    for name, replacement in REPLACEMENTS.items():
        for other in replacement.replaced:
            if name in settings and other in settings:
                raise ValueError(
                    f"Expected --{name.replace('_', '-')} or --{other.replace('_', '-')}, not "
                    f"both, because {replacement.reason}. Received both from {source}. "
                    f"{replacement.advice}"
                )


def format_settings(settings: Mapping[str, Any]) -> str:
    """Settings as TOML, each below the help of its option."""
    known = known_settings()
    blocks = []
    for name, value in settings.items():
        lines = textwrap.wrap(str(known[name].help), 96, break_on_hyphens=False)
        comment = "".join(f"# {line}\n" for line in lines)
        blocks.append(comment + tomli_w.dumps({name: value}))
    return "\n".join(blocks)
