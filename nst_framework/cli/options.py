"""The command line's words, in a file that asks for no more than `argparse`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from .. import __version__
from ..checks import did_you_mean
from .score import add_score_options
from .transfer_options import add_transfer_options


class Parser(argparse.ArgumentParser):
    """A parser that raises its errors, so that they become one line like all others."""

    def error(self, message: str) -> NoReturn:
        """Raises a `ValueError` where `argparse` would print the usage and exit."""
        raise ValueError(f"{message}. See {self.prog} --help.")


def make_parser(with_defaults: bool = True) -> Parser:
    """The parser of `nst`; its help needs no Keras.

    Args:
        with_defaults: Whether options that were not given have their defaults, which the help
            shows. Otherwise they are not among the results at all.

    Returns:
        The parser.
    """
    parser = Parser(prog="nst", description="Neural style transfer with Keras.")
    parser.add_argument("--version", action="version", version=f"nst_framework {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    transfer = commands.add_parser(
        "transfer",
        help="make an image with the content of one image and the style of another",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        # Options without a default are then absent, and their help shows none.
        argument_default=argparse.SUPPRESS,
    )
    actions = add_transfer_options(transfer)
    if not with_defaults:
        leave_out_defaults(actions)
    add_score_options(
        commands.add_parser(
            "score", help="how much of content and style is in an image, in numbers"
        )
    )
    return parser


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What somebody typed, and no more: options that were not given are not there.

    Args:
        arguments: The words after `nst`; by default those of this process.

    Returns:
        The options by name, and the `command`.

    Raises:
        ValueError: If an option is unknown or wrong.
    """
    # This one shows the help, which the other could not, for want of defaults.
    make_parser().parse_known_args(arguments)
    typed, rest = make_parser(with_defaults=False).parse_known_args(arguments)
    unknown = [word for word in rest if word.startswith("-") and word != "-"]
    if unknown or (rest and typed.command != "transfer"):
        word = (unknown or rest)[0].partition("=")[0]
        add_options = add_score_options if typed.command == "score" else add_transfer_options
        actions = add_options(argparse.ArgumentParser()).values()
        known = [name for action in actions for name in action.option_strings]
        hint = did_you_mean(word, known, show=str) or f" See nst {typed.command} --help."
        raise ValueError(f"Expected options of nst {typed.command}. Received: {word!r}.{hint}")
    if rest:
        # Argparse takes no style after an option if the content stands before it.
        typed.style = [*getattr(typed, "style", []), *rest]
    return typed


def leave_out_defaults(actions: dict[str, argparse.Action]) -> None:
    """Makes options that are not given absent from what a parser returns."""
    for action in actions.values():
        action.default = argparse.SUPPRESS
