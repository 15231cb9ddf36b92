"""The settings of a run: defaults, a preset, a file, what was typed, each over the one before."""

from __future__ import annotations

import argparse
import textwrap
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from ..checks import did_you_mean
from .file_values import parse_file_value
from .paths import change_paths
from .presets import read_preset
from .transfer_options import add_transfer_options

COMMAND_OPTIONS = ("help", "preset", "config", "dump_config", "resume", "quiet", "traceback")
"""Options that are about the command and not about the picture."""

RECORDS = ("made_with", "inputs", "outputs")
"""The tables of a file beside a result, which `sidecar` writes and reads."""

REPLACED = {
    "loss": ("style_weight", "style_layers", "style_layer_weights"),
    "gradient_shares": ("content_weight", "style_weight", "tv_weight"),
}
"""The settings whose place others take."""

ADVICE = {
    "loss": "it takes the place of the style loss. Write --loss StyleLoss,"
    "layers=block1_conv1+block2_conv1,weight=1 to have that, too",
    "gradient_shares": "shares take the place of weights. Leave one of them out",
}


def known_settings() -> dict[str, argparse.Action]:
    """The settings that a file may have, each with the option that it is."""
    actions = add_transfer_options(argparse.ArgumentParser())
    return {name: actions[name] for name in actions if name not in COMMAND_OPTIONS}


def effective_settings(typed: argparse.Namespace) -> dict[str, Any]:
    """The settings of a run.

    Args:
        typed: The options that somebody typed.

    Returns:
        The settings by name, in the order of the help. Those that have no value, or whose place
        others take, are not there.

    Raises:
        ValueError: If the preset, a key or a value is wrong.
        OSError: If the file cannot be read.
    """
    known = known_settings()
    layers = []
    if "preset" in typed:
        name = typed.preset
        layers.append(read_settings(read_preset(name), f"the preset {name}", Path()))
    if "config" in typed:
        path = Path(typed.config)
        layers.append(read_settings(read_file(path), repr(str(path)), path.parent))
    layers.append({name: value for name, value in vars(typed).items() if name in known})
    check_replaced(layers[-1], "the command line")
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = merge(merged, layer)
    # Last, so that they are there again where one layer replaced them and the next took it back.
    defaults = {name: action.default for name, action in known.items()}
    merged = merge({name: defaults[name] for name in known if defaults[name] is not None}, merged)
    return {name: merged[name] for name in known if name in merged}


def as_options(settings: Mapping[str, Any], typed: argparse.Namespace) -> argparse.Namespace:
    """Settings and what is about the command, as attributes; what is not there is `None`."""
    every = dict.fromkeys((*known_settings(), *COMMAND_OPTIONS))
    return argparse.Namespace(**{**every, **vars(typed), **settings})


def read_file(path: Path) -> str:
    """The text of a configuration file.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no text.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected --config to be a TOML file. Received: {str(path)!r}, which does not exist "
            "or is no file. nst transfer --dump-config prints one to begin with."
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"Expected --config to be a TOML file. Received: {str(path)!r}, which is no text "
            f"in UTF-8: {error.reason}."
        ) from error


def read_settings(text: str, source: str, folder: Path) -> dict[str, Any]:
    """The settings in the text of a file, as the command line would have understood them.

    Args:
        text: The text, in TOML.
        source: What errors call the file.
        folder: Where relative paths begin.

    Returns:
        The settings by name.

    Raises:
        ValueError: If the text is no TOML, or a key or a value is wrong.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"Expected TOML in {source}. Received: {error}.") from error
    parser = argparse.ArgumentParser(exit_on_error=False)
    known = add_transfer_options(parser)
    settings: dict[str, Any] = {}
    for name, value in values.items():
        if name in RECORDS and isinstance(value, dict):
            continue
        if name in COMMAND_OPTIONS:
            raise ValueError(
                f"Expected settings of a picture in {source}. Received: {name}, which is about "
                f"the command. Write --{name.replace('_', '-')} on the command line."
            )
        if name not in known:
            names = known_settings()
            hint = did_you_mean(name, names, show=str) or f" Choose from: {', '.join(names)}."
            raise ValueError(
                f"Expected keys in {source} that nst transfer knows. Received: {name!r}.{hint}"
            )
        settings[name] = parse_file_value(parser, known[name], value, source)
    check_replaced(settings, source)
    return change_paths(settings, lambda path: str(folder / path))


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two layers of settings: what the upper one says, goes.

    Whatever of the lower one cannot stand beside it, is dropped.
    """
    dropped: set[str] = set()
    for name, replaced in REPLACED.items():
        if name in above:
            dropped.update(replaced)
        elif any(other in above for other in replaced):
            dropped.add(name)
    return {name: value for name, value in below.items() if name not in dropped} | dict(above)


def check_replaced(settings: Mapping[str, Any], source: str) -> None:
    """Raises a `ValueError` if one layer has a setting together with one whose place it takes."""
    for name, replaced in REPLACED.items():
        for other in replaced:
            if name in settings and other in settings:
                raise ValueError(
                    f"Expected --{name.replace('_', '-')} without --{other.replace('_', '-')}, "
                    f"since {ADVICE[name]}. Received: both, in {source}."
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
