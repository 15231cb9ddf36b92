"""Files of settings: presets and configuration files, read as the command line reads options."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..checks import did_you_mean
from ..images import IMAGE_EXTENSIONS
from .paths import REPEATED, map_paths
from .transfer_options import COMMAND_OPTIONS, add_transfer_options

RECORDS = ("made_with", "inputs", "outputs", "video")
"""The tables of a file beside a result, which `sidecar` and `nst video` read and write."""

KINDS: dict[Any, tuple[tuple[type, ...], str]] = {
    None: ((str,), "a string"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
}
"""The TOML types that an option of each type accepts, and what errors call them."""

LONGEST = 2**20
"""Bytes of the longest configuration file."""

HEADING_BEGINS = "# nst transfer"
"""How the text begins that is inside a result."""

OTHER_KINDS = (str, int, float), "a number or a string"


def read_file(path: Path) -> str:
    """The text of a configuration file, or the settings in an image that `nst transfer` made.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is not text.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected --config to be a TOML file. Received: {str(path)!r}, which does not exist "
            "or is not a file. nst transfer --dump-config prints one to start from."
        )
    if is_image(path):
        return _read_inside(path)
    if path.stat().st_size > LONGEST:
        raise ValueError(
            f"Expected --config to be a TOML file of at most {LONGEST} bytes. Received: "
            f"{str(path)!r}, which has {path.stat().st_size}."
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"Expected --config to be a TOML file. Received: {str(path)!r}, which is not UTF-8 "
            f"text: {error.reason}."
        ) from error


def is_image(path: Path) -> bool:
    """Whether a configuration file is an image, inside which the settings are."""
    return path.suffix.lower() in IMAGE_EXTENSIONS


def _read_inside(path: Path) -> str:
    from ..images.metadata import read_metadata

    text = read_metadata(path)
    if text is None or not text.startswith(HEADING_BEGINS) or len(text) > LONGEST:
        raise ValueError(
            f"Expected --config to be a TOML file or a result of nst transfer. Received: "
            f"{str(path)!r}, an image without settings. Use the .toml file beside it."
        )
    return text


def read_settings(text: str, source: str, folder: Path, names_only: bool = False) -> dict[str, Any]:
    """The settings in the text of a file, with the values that the command line would give them.

    Args:
        text: The text, in TOML.
        source: What errors call the file.
        folder: The folder that relative paths start from.
        names_only: Whether files are looked for in that folder alone, whatever folders the text
            names.

    Returns:
        The settings by name.

    Raises:
        ValueError: If the text is not TOML, or a key or a value is wrong.
    """
    try:
        values = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError(f"Expected TOML in {source}. Received: too deep a nesting.") from error
    except ValueError as error:
        # Not only TOMLDecodeError, because Python limits the digits of a number.
        raise ValueError(f"Expected TOML in {source}. Received: {error}.") from error
    # Without help, so that no value can ask for it.
    parser = argparse.ArgumentParser(exit_on_error=False, add_help=False)
    options = add_transfer_options(parser)
    settings: dict[str, Any] = {}
    for name, value in values.items():
        if name in RECORDS and isinstance(value, dict):
            continue
        if name in COMMAND_OPTIONS:
            raise ValueError(
                f"Expected only settings of the image in {source}. Received: {name}, which is an "
                f"option of the command. Write --{name.replace('_', '-')} on the command line."
            )
        if name not in options:
            names = [each for each in options if each not in COMMAND_OPTIONS]
            hint = did_you_mean(name, names, show=str) or f" Choose from: {', '.join(names)}."
            raise ValueError(
                f"Expected only settings of nst transfer in {source}. Received: {name!r}.{hint}"
            )
        settings[name] = _parse_value(parser, options[name], value, source)
    return map_paths(settings, lambda path: str(folder / (Path(path).name if names_only else path)))


def _parse_value(
    parser: argparse.ArgumentParser, option: argparse.Action, value: Any, source: str
) -> Any:
    """Reads a TOML value as if the user had typed it; the parser has `exit_on_error=False`."""
    name = option.dest
    several = option.nargs in ("+", "*") or name in REPEATED
    types, kind = KINDS.get(option.type, OTHER_KINDS)
    if several:
        kind += ", alone or in a list"
    given = value if several and isinstance(value, list) else [value]
    if not given or not all(type(each) in types for each in given):
        raise ValueError(f"Expected {name} in {source} to be {kind}. Received: {value!r}.")
    return parse_words(parser, option, given, source)


def parse_words(
    parser: argparse.ArgumentParser, option: argparse.Action, words: Sequence[Any], source: str
) -> Any:
    """Reads the values of a setting as if the user had typed them.

    Args:
        parser: A parser that has the option, and `exit_on_error=False`.
        option: The option.
        words: The values, each of which may be a number, too.
        source: What errors call the place that they come from.

    Returns:
        The value, or a list of them for an option that takes several.

    Raises:
        ValueError: If a value is wrong, or there are several where only one is expected.
    """
    name = option.dest
    several = option.nargs in ("+", "*") or name in REPEATED
    if any("\0" in str(each) for each in words):
        raise ValueError(f"Expected {name} in {source} without NUL. Received: {words!r}.")
    if not several and len(words) != 1:
        raise ValueError(f"Expected {name} in {source} once. Received: {words!r}.")
    if not option.option_strings:
        return list(words) if several else words[0]
    flag = option.option_strings[0]
    try:
        # One by one and with an equals sign, so that no value is taken for an option.
        read = [getattr(parser.parse_args([f"{flag}={each}"]), name) for each in words]
    except argparse.ArgumentError as error:
        raise ValueError(f"Wrong {name} in {source}: {error.message}.") from error
    return [each for values in read for each in values] if several else read[0]
