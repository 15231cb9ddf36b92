"""How the options of `nst transfer` read the words that the user typed."""

from __future__ import annotations

import argparse
import re
from typing import Any, TypeVar

Number = TypeVar("Number", int, float)

SECONDS = {"s": 1, "min": 60, "h": 3600}


class JoinedList(argparse.Action):
    """Collects all values in one list, whether commas or spaces separate them."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Joins the values of several words."""
        setattr(namespace, self.dest, [value for word in values for value in word])


def scale(text: str) -> float | str:
    """A fraction of the size, or auto."""
    return text if text == "auto" else _number(float, text, "auto or a number")


def size(text: str) -> int | str:
    """A number of pixels, or none."""
    return text if text == "none" else _number(int, text, "none or a whole number")


def tile_size(text: str) -> int | str:
    """A number of pixels, auto or none."""
    return text if text in ("auto", "none") else _number(int, text, "auto, none or a whole number")


def interval(text: str) -> str:
    """A number of steps or a time, such as 50steps or 10min."""
    parse_interval(text)
    return text


def parse_interval(text: str) -> tuple[int | None, float | None]:
    """The number of steps, or of seconds, that an interval such as 50steps or 10min means."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([a-z]+)", text)
    if found and found[2] in ("step", "steps") and found[1].isdecimal() and int(found[1]):
        return int(found[1]), None
    if found and found[2] in SECONDS and float(found[1]):
        return None, float(found[1]) * SECONDS[found[2]]
    raise argparse.ArgumentTypeError(
        f"expected a number with a unit among steps, {', '.join(SECONDS)}, such as 50steps or "
        f"10min, received {text!r}"
    )


def numbers(text: str) -> list[float]:
    """Numbers that commas or spaces separate."""
    return [_number(float, word, "numbers such as 0.7,0.3") for word in names(text)]


def names(text: str) -> list[str]:
    """Names that commas or spaces separate."""
    found = text.replace(",", " ").split()
    if not found:
        raise argparse.ArgumentTypeError(f"expected at least one value, received {text!r}")
    return found


def _number(kind: type[Number], text: str, expected: str) -> Number:
    try:
        return kind(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected {expected}, received {text!r}") from error


def add_numbers(
    parser: argparse._ActionsContainer, flag: str, metavar: str, text: str
) -> argparse.Action:
    """Adds an option of several numbers, and returns it."""
    return parser.add_argument(
        flag, nargs="+", type=numbers, action=JoinedList, metavar=metavar, help=text
    )
