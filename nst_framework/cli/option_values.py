"""How the options of `nst transfer` read the words that the user typed."""

from __future__ import annotations

import argparse
from typing import Any, TypeVar

Number = TypeVar("Number", int, float)


class NumberList(argparse.Action):
    """Collects all numbers in one list, whether commas or spaces separate them."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Joins the numbers of several words."""
        setattr(namespace, self.dest, [number for numbers in values for number in numbers])


def scale(text: str) -> float | str:
    """A fraction of the size, or auto."""
    return text if text == "auto" else _number(float, text, "auto or a number")


def size(text: str) -> int | str:
    """A number of pixels, or none."""
    return text if text == "none" else _number(int, text, "none or a whole number")


def tile_size(text: str) -> int | str:
    """A number of pixels, auto or none."""
    return text if text in ("auto", "none") else _number(int, text, "auto, none or a whole number")


def numbers(text: str) -> list[float]:
    """Numbers that commas or spaces separate."""
    words = text.replace(",", " ").split()
    return [_number(float, word, "numbers such as 0.7,0.3") for word in words]


def _number(kind: type[Number], text: str, expected: str) -> Number:
    try:
        return kind(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected {expected}, received {text!r}") from error
