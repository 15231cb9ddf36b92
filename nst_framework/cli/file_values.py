"""A value of a configuration file, read by the option's own parser."""

from __future__ import annotations

import argparse
from typing import Any

from .paths import CODE

KINDS: dict[Any, tuple[tuple[type, ...], str]] = {
    None: ((str,), "a text"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
}
"""The types in TOML that stand for a type of an option, and what errors call them."""

OTHER_KINDS = (str, int, float), "a number or a text"


def parse_file_value(
    parser: argparse.ArgumentParser, option: argparse.Action, value: Any, source: str
) -> Any:
    """Reads a value as if it had been typed.

    Args:
        parser: The parser of all options, with `exit_on_error=False`.
        option: The option.
        value: What TOML has for it: a text, a number, or a list of them.
        source: What errors call the file.

    Returns:
        The option's value.

    Raises:
        ValueError: If it is not what the option takes.
    """
    name = option.dest
    several = option.nargs in ("+", "*") or name in CODE
    types, kind = KINDS.get(option.type, OTHER_KINDS)
    if several:
        kind += ", or a list of such"
    given = value if several and isinstance(value, list) else [value]
    if not given or not all(type(each) in types for each in given):
        raise ValueError(f"Expected {name} in {source} to be {kind}. Received: {value!r}.")
    if not option.option_strings:
        return given if several else value
    flag = option.option_strings[0]
    # With an equals sign where that is possible, since then a value may begin with a minus sign.
    words = [f"{flag}={each}" for each in given]
    if option.nargs == "+":
        words = [flag, *map(str, given)]
    try:
        return getattr(parser.parse_args(words), name)
    except argparse.ArgumentError as error:
        raise ValueError(f"Wrong {name} in {source}: {error.message}.") from error
